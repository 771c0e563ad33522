import { assert, fixture, html } from '@open-wc/testing';
import { Editable } from '../../../../src/element/dictation/editable.js';

describe('the place of the next word in an editable element', () => {
  it('is kept when the visitor types on while an editor has drawn its text, but not yet its caret', async () => {
    const field = await fixture<HTMLElement>(html`<div contenteditable="true"><p>one two</p></div>`);
    const editable = new Editable(field, false);
    assert.deepEqual(editable.around(), { before: 'one two', after: '' });
    const caretAt = (offset: number): void => {
      const text = document.createTreeWalker(field, NodeFilter.SHOW_TEXT).nextNode() as Text;
      getSelection()?.collapse(text, offset);
    };
    caretAt(3);
    // The visitor has typed a comma. The browser moves the caret, and every range, out of the nodes that are replaced.
    const drawn = document.createElement('p');
    drawn.textContent = 'one, two';
    field.replaceChildren(drawn);
    editable.editing();
    caretAt(4);
    editable.edited();
    assert.deepEqual(editable.around(), { before: 'one, two', after: '' });
    editable.end();
  });
});
