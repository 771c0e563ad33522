/**
 * A small editor with a model of its own: cancels every `beforeinput`, changes its model, and draws later, as editors on a
 * framework do.
 */
import type { Editor } from './editor.js';

/** When the editor draws, and in how many steps. */
export type Draw = (text: () => void, caret: () => void) => void;

export function deferred(host: HTMLElement, draw: Draw): Editor {
  const field = host.appendChild(document.createElement('div'));
  field.contentEditable = 'true';
  field.style.whiteSpace = 'pre-wrap';
  let drawings = 0;
  let done = 0;
  let model = '';
  let caret = 0;
  const lengthBefore = (node: Node, offset: number): number => {
    const range = document.createRange();
    range.setStart(field, 0);
    range.setEnd(node, offset);
    return range.toString().length;
  };
  field.addEventListener('beforeinput', (event) => {
    event.preventDefault();
    const selection = getSelection();
    const range = event.getTargetRanges()[0] ?? (selection?.rangeCount ? selection.getRangeAt(0) : endOf(field));
    // What is on the page is older than the model while it waits to be drawn.
    const from = drawings > done ? caret : lengthBefore(range.startContainer, range.startOffset);
    const to = drawings > done ? caret : lengthBefore(range.endContainer, range.endOffset);
    const version = ++drawings;
    const data = event.inputType === 'insertText' ? (event.data ?? '') : '';
    model = model.slice(0, from) + data + model.slice(to);
    caret = from + data.length;
    // Only the newest is drawn.
    draw(
      () => {
        if (version < drawings) return;
        const line = document.createElement('p');
        line.textContent = model;
        field.replaceChildren(line);
      },
      () => {
        const text = field.firstChild?.firstChild;
        if (version < drawings || !text) return;
        getSelection()?.collapse(text, caret);
        done = version;
      },
    );
  });
  return { field, text: () => (drawings > done ? `${model} (not drawn)` : model), destroy: () => field.remove() };
}

function endOf(field: HTMLElement): Range {
  const range = document.createRange();
  range.selectNodeContents(field);
  range.collapse(false);
  return range;
}
