/** Quill: reads what the browser typed from the DOM, and replaces a selection itself. */
import Quill from 'quill';
import type { Editor } from './editor.js';

export function quill(host: HTMLElement): Editor {
  const editor = new Quill(host.appendChild(document.createElement('div')));
  return {
    field: editor.root,
    text: () => editor.getText().replace(/\n$/, ''),
    undo: () => editor.history.undo(),
    destroy: () => host.replaceChildren(),
  };
}
