/**
 * Run by inert-element.test.ts with the name of a DOM for unit tests: makes its names global, as test runners do, uses the
 * element there, and prints as JSON what happened. A process for each DOM: a class extends one HTMLElement only.
 */
import type { KyutaiSttElement, SttError } from '../../../src/index.js';

export interface Report {
  /** Uncaught errors, as the DOM or Node report them. */
  readonly errors: string[];
  /** The element's text in its shadow root. */
  readonly text: string;
  readonly rejections: (string | null)[];
  readonly events: string[];
  readonly state: string;
  readonly value: string;
  readonly form: unknown[];
  readonly available: string | undefined;
  readonly ofParts: number;
}

/** Node has classes of these names, too, but a DOM dispatches only its own. */
const REPLACED = ['Event', 'EventTarget', 'CustomEvent', 'AbortController', 'AbortSignal', 'FormData', 'navigator'];

const errors: string[] = [];
const [, , dom = ''] = process.argv;
const window = await (dom === 'jsdom' ? jsdom() : happyDom());
for (const name of Object.getOwnPropertyNames(window)) {
  if (name in globalThis && !REPLACED.includes(name)) continue;
  Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: Reflect.get(window, name) });
}
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (cause: unknown) => errors.push(String(cause)));
window.addEventListener('error', (event) => errors.push(event.message));

const { KyutaiSttElement: Element } = await import('../../../src/index.js');
document.body.innerHTML =
  '<form><textarea id="field"></textarea><kyutai-stt name="words" model="demo" required></kyutai-stt></form>';
const element = document.querySelector('kyutai-stt') as KyutaiSttElement;
const form = document.querySelector('form') as HTMLFormElement;
const events: string[] = [];
element.addEventListener('error', ({ detail }) => events.push(detail.code));
await element.updateComplete;
const text = element.shadowRoot?.textContent ?? '';

for (const mode of ['captions', 'transcript', 'button'] as const) {
  Object.assign(element, { mode, htmlFor: 'field', strings: { start: 'Dictate' }, lang: 'fr', autoload: false });
  await element.updateComplete;
}
element.htmlFor = '';
element.value = 'some words';
const { value } = element;
const rejections = [
  await codeOf(element.load()),
  await codeOf(element.start()),
  await codeOf(element.start('recording.wav')),
  await codeOf(element.start(new Blob(['sound'], { type: 'audio/wav' }))),
  await codeOf(element.stop()),
];
const { state } = element;
element.pause();
element.resume();
element.focus();
element.setCustomValidity('wrong');
const keys = [...new FormData(form).keys()];
const validity = [element.checkValidity(), element.reportValidity(), element.validationMessage, element.willValidate];
const inForm = [element.form, element.labels.length, element.validity.valid, ...validity, ...keys];
element.abort();
element.clear();
element.unload();
form.reset();
element.remove();
document.body.append(element, element.cloneNode(true), document.createElement('kyutai-stt'), new Element());
const parts = [...document.querySelectorAll('kyutai-stt')];
await Promise.all(parts.map(({ updateComplete }) => updateComplete));
document.body.replaceChildren();
const { code: available } = await Element.available({ model: 'demo' });
await new Promise((resolve) => setImmediate(resolve)); // a rejection that nobody handles is reported by then
const report: Report = {
  ...{ errors, text, rejections, events, state, value, form: inForm, available },
  ofParts: parts.filter(({ shadowRoot }) => shadowRoot?.querySelector('slot') !== null).length,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());

async function codeOf(promise: Promise<void>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (cause) {
    return (cause as SttError).code;
  }
}

async function jsdom(): Promise<Window> {
  const { JSDOM, VirtualConsole } = await import('jsdom');
  const virtualConsole = new VirtualConsole().on('jsdomError', (error) => errors.push(error.message));
  const options = { url: 'https://page.example/', pretendToBeVisual: true, virtualConsole };
  return new JSDOM('<!doctype html>', options).window as unknown as Window;
}

async function happyDom(): Promise<Window> {
  const happy = await import('happy-dom');
  return new happy.Window({ url: 'https://page.example/' }) as unknown as Window;
}
