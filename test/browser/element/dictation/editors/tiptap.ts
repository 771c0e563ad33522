/** TipTap, on ProseMirror: reads what the browser typed from the DOM, and prevents Escape. */
import { Editor as Tiptap } from '@tiptap/core';
import { StarterKit } from '@tiptap/starter-kit';
import type { Editor } from './editor.js';

export function tiptap(host: HTMLElement): Editor {
  const editor = new Tiptap({ element: host, extensions: [StarterKit], injectCSS: true });
  return {
    field: editor.view.dom,
    text: () => editor.getText({ blockSeparator: '\n' }),
    undo: () => void editor.commands.undo(),
    destroy: () => editor.destroy(),
  };
}
