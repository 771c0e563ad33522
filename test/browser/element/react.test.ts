/** A page that React renders on a server and hydrates in the browser. */
import { assert } from '@open-wc/testing';
import { createElement, type ReactElement } from 'react';
import { hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import type { KyutaiSttElement } from '../../../src/index.js';
import type { KyutaiSttProps } from '../../../src/react.js';
import { ClientOnly } from './client-only.js';
import { FAKE_WORKER, HandSource, modelUrl, until } from './rig.js';

describe('React', () => {
  let host: HTMLElement;
  let root: Root | undefined;
  const errors: unknown[] = [];

  beforeEach(() => {
    errors.length = 0;
    host = document.createElement('div');
    document.body.append(host);
  });

  afterEach(() => {
    root?.unmount();
    host.remove();
  });

  /** Renders as a server does, then hydrates. Returns the server's HTML. */
  function hydrate(page: ReactElement): string {
    const markup = renderToString(page);
    host.innerHTML = markup;
    root = hydrateRoot(host, page, { onRecoverableError: (error) => errors.push(error) });
    return markup;
  }

  async function found(): Promise<KyutaiSttElement> {
    const end = performance.now() + 10_000;
    for (;;) {
      const element = host.querySelector('kyutai-stt');
      if (element) return element;
      if (performance.now() > end) throw new Error('React rendered no element in ten seconds');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('keeps attributes, `for` among them, through server rendering', async () => {
    const props: KyutaiSttProps = { for: 'message', model: 'demo', mode: 'button', lang: 'fr' };
    const page = createElement(
      'div',
      null,
      createElement('textarea', { id: 'message' }),
      createElement('kyutai-stt', props),
    );
    const markup = hydrate(page);
    for (const attribute of ['for="message"', 'model="demo"', 'mode="button"', 'lang="fr"'])
      assert.include(markup, attribute);
    const element = await found();
    await element.updateComplete;
    assert.deepEqual([element.htmlFor, element.model, element.mode, element.lang], ['message', 'demo', 'button', 'fr']);
    assert.deepEqual(errors, []);
  });

  it('sets properties and adds listeners where the element is rendered after hydration', async () => {
    const events: string[] = [];
    const said: string[] = [];
    const props: KyutaiSttProps = {
      model: modelUrl(),
      workerSrc: FAKE_WORKER,
      workerKind: 'dedicated',
      lang: 'en',
      strings: { start: 'Dictate' },
      onstart: () => events.push('start'),
      ontranscript: ({ detail }) => said.push(detail.text),
      onend: () => events.push('end'),
    };
    assert.equal(hydrate(createElement(ClientOnly, { children: createElement('kyutai-stt', props) })), '');
    const element = await found();
    assert.deepEqual(element.strings, { start: 'Dictate' });
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word', () => said.length > 0);
    source.runOut();
    await until(element, 'the end', () => events.includes('end'));
    assert.deepEqual(events, ['start', 'end']);
    assert.deepEqual(errors, []);
  });
});
