/** Lexical: cancels `beforeinput` where it inserts the text itself, and draws in a microtask. */
import { createEmptyHistoryState, registerHistory } from '@lexical/history';
import { registerPlainText } from '@lexical/plain-text';
import { registerRichText } from '@lexical/rich-text';
import { $getRoot, createEditor, UNDO_COMMAND } from 'lexical';
import type { Editor } from './editor.js';

export const plainText = (host: HTMLElement): Editor => mount(host, registerPlainText);
export const richText = (host: HTMLElement): Editor => mount(host, registerRichText);

function mount(host: HTMLElement, register: typeof registerPlainText): Editor {
  const field = host.appendChild(document.createElement('div'));
  field.contentEditable = 'true';
  const editor = createEditor({
    onError: (error) => {
      throw error;
    },
  });
  register(editor);
  registerHistory(editor, createEmptyHistoryState(), 0);
  editor.setRootElement(field);
  return {
    field,
    text: () => editor.getEditorState().read(() => $getRoot().getTextContent()),
    undo: () => void editor.dispatchCommand(UNDO_COMMAND, undefined),
    destroy: () => editor.setRootElement(null),
  };
}
