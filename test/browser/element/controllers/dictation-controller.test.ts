import { assert, fixture, html } from '@open-wc/testing';
import { DictationController } from '../../../../src/element/controllers/dictation-controller.js';
import { emit } from '../../../../src/element/events.js';
import { ENGLISH } from '../../../../src/element/strings/en.js';
import type { KyutaiSttElement } from '../../../../src/index.js';
import { HandSource } from '../rig.js';
import { bareElement } from './bare-host.js';

async function dictationHost() {
  const page = await fixture<HTMLElement>(
    html`<div>
      <label>Note <input id="field" autocapitalize="none" /></label>
    </div>`,
  );
  const host = bareElement<Pick<KyutaiSttElement, 'target' | 'htmlFor' | 'state' | 'stop'>>({
    target: null,
    htmlFor: 'field',
    state: 'listening',
    stop: () => Promise.resolve(),
  });
  const controller = new DictationController(host);
  page.append(host);
  await host.updateComplete;
  return { host, controller, field: page.querySelector('input') as HTMLInputElement };
}

const utterance = (...texts: string[]) => ({
  id: 1,
  text: texts.join(' '),
  words: texts.map((text) => ({ text, start: 0, end: 0 })),
  isFinal: false,
  start: 0,
  end: 0,
});

describe('DictationController', () => {
  it('writes the words of its host’s transcript events into the field, until the end', async () => {
    const { host, controller, field } = await dictationHost();
    const source = new HandSource();
    let mediaId: string | undefined;
    const created = controller.begin((id) => {
      mediaId = id;
      return source;
    });
    assert.strictEqual(created, source);
    assert.strictEqual(mediaId, '', 'the field is not a media element to listen to');
    emit(host, 'transcript', utterance('one'));
    emit(host, 'transcript', utterance('one', 'two'));
    assert.strictEqual(field.value, 'one two');
    emit(host, 'end', null);
    emit(host, 'transcript', utterance('one', 'two', 'three'));
    assert.strictEqual(field.value, 'one two');
  });

  it('fails the source when the field can no longer be written into', async () => {
    const { host, controller, field } = await dictationHost();
    const source = new HandSource();
    const errors: string[] = [];
    source.onerror = ({ code }) => errors.push(code);
    controller.begin(() => source);
    field.readOnly = true;
    emit(host, 'transcript', utterance('one'));
    assert.deepEqual(errors, ['field-unavailable']);
  });

  it('names the field, and gives the button the texts of dictation', async () => {
    const { host, controller } = await dictationHost();
    assert.strictEqual(controller.label, 'Note');
    assert.strictEqual(controller.withButtonTexts(ENGLISH).start, ENGLISH.dictate);
    host.htmlFor = '';
    assert.isUndefined(controller.element);
    assert.strictEqual(controller.label, '');
    assert.strictEqual(controller.withButtonTexts(ENGLISH), ENGLISH);
  });
});
