/** ProseMirror alone, with its history and key map. */
import { baseKeymap } from '@tiptap/pm/commands';
import { history, redo, undo } from '@tiptap/pm/history';
import { keymap } from '@tiptap/pm/keymap';
import { Schema } from '@tiptap/pm/model';
import { EditorState } from '@tiptap/pm/state';
import { EditorView } from '@tiptap/pm/view';
import type { Editor } from './editor.js';

const schema = new Schema({
  nodes: {
    doc: { content: 'paragraph+' },
    paragraph: { content: 'text*', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
    text: {},
  },
});

export function proseMirror(host: HTMLElement): Editor {
  host.style.whiteSpace = 'pre-wrap'; // of ProseMirror's own style sheet
  const view = new EditorView(host, {
    state: EditorState.create({
      schema,
      plugins: [history(), keymap({ 'Mod-z': undo, 'Mod-y': redo }), keymap(baseKeymap)],
    }),
  });
  return {
    field: view.dom,
    text: () => view.state.doc.textBetween(0, view.state.doc.content.size, '\n'),
    undo: () => void undo(view.state, view.dispatch),
    destroy: () => view.destroy(),
  };
}
