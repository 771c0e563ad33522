/** Slate: where it inserts the text itself, React draws it later. */
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createEditor, Node, type Descendant } from 'slate';
import { withHistory } from 'slate-history';
import { Editable, Slate, withReact } from 'slate-react';
import type { Editor } from './editor.js';

export async function slate(host: HTMLElement): Promise<Editor> {
  const editor = withHistory(withReact(createEditor()));
  const initialValue: Descendant[] = [{ children: [{ text: '' }] }];
  const root = createRoot(host);
  await new Promise<void>((drawn) => {
    const ref = (element: HTMLDivElement | null): void => {
      if (element) drawn();
    };
    root.render(createElement(Slate, { editor, initialValue, children: createElement(Editable, { ref }) }));
  });
  const field = host.querySelector<HTMLElement>('[contenteditable]');
  if (!field) throw new Error('Slate has no editable element');
  return {
    field,
    text: () => editor.children.map((node) => Node.string(node)).join('\n'),
    undo: () => editor.undo(),
    destroy: () => root.unmount(),
  };
}
