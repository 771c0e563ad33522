/** CKEditor 5: inserts the text of `beforeinput` itself, at the event's target ranges. */
import { ClassicEditor } from '@ckeditor/ckeditor5-editor-classic';
import { Essentials } from '@ckeditor/ckeditor5-essentials';
import { Paragraph } from '@ckeditor/ckeditor5-paragraph';
import type { Editor } from './editor.js';

export async function ckEditor(host: HTMLElement): Promise<Editor> {
  const editor = await ClassicEditor.create({
    attachTo: host.appendChild(document.createElement('div')),
    licenseKey: 'GPL',
    // It sets `lang` on its element.
    language: { content: host.closest<HTMLElement>('[lang]')?.lang ?? 'en' },
    plugins: [Essentials, Paragraph],
  });
  const field = editor.ui.getEditableElement();
  if (!field) throw new Error('CKEditor has no editable element');
  return {
    field,
    text: () =>
      editor
        .getData()
        .replace(/<\/p><p>/g, '\n')
        .replace(/<\/?p>/g, '')
        .replace(/&nbsp;/g, '\u00a0'),
    undo: () => {
      editor.execute('undo');
    },
    destroy: () => void editor.destroy(),
  };
}
