/** CodeMirror 6: reads what the browser typed from the DOM, and draws it again. */
import { undo } from '@codemirror/commands';
import { EditorView, minimalSetup } from 'codemirror';
import type { Editor } from './editor.js';

export function codeMirror(host: HTMLElement): Editor {
  const view = new EditorView({ parent: host, extensions: [minimalSetup] });
  return {
    field: view.contentDOM,
    text: () => view.state.doc.toString(),
    undo: () => void undo(view),
    destroy: () => view.destroy(),
  };
}
