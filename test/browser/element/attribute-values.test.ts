import { assert, fixture, html } from '@open-wc/testing';
import { VALUES } from '../../../src/element/attribute-values.js';
import { HandSource, modelUrl, FAKE_WORKER } from './rig.js';
import type { KyutaiSttElement } from '../../../src/index.js';

type Property = keyof typeof VALUES;

const PROPERTIES = Object.keys(VALUES) as Property[];

/** Values that no rule allows, each with the value that is allowed instead. */
const BAD: Readonly<Record<Property, readonly [bad: string, good: string]>> = {
  backend: ['gpu', 'wasm'],
  workerKind: ['service', 'dedicated'],
  whenFull: ['fail', 'memory'],
  startWhen: ['later', 'now'],
  turnHorizon: ['7', '0.5'],
  turnThreshold: ['1', '0.9'],
  mode: ['captoins', 'transcript'],
  confidenceThreshold: ['high', '0.2'],
  trackMode: ['shown', 'showing'],
  hotkeyMode: ['push', 'hold'],
  announce: ['assertive', 'off'],
};

describe('attribute values of <kyutai-stt>', () => {
  const { warn } = console;
  let warnings: string[];

  beforeEach(() => {
    warnings = [];
    console.warn = (text: string): void => void warnings.push(text);
  });

  afterEach(() => {
    console.warn = warn;
  });

  const element = (): KyutaiSttElement => document.createElement('kyutai-stt');

  it('have as their default what the properties begin with', () => {
    const fresh = element();
    for (const name of PROPERTIES) assert.strictEqual(fresh[name], VALUES[name].standard, name);
    assert.deepEqual(warnings, []);
  });

  for (const name of PROPERTIES) {
    const { attribute, standard, expected } = VALUES[name];
    const [bad, good] = BAD[name];

    it(`are checked: ${attribute}="${bad}" is reported once, with the allowed values, and the default is used`, () => {
      const stt = element();
      for (let i = 0; i < 2; i++) {
        stt.setAttribute(attribute, bad);
        assert.strictEqual(stt[name], standard);
        stt.setAttribute(attribute, good);
        assert.strictEqual(String(stt[name]), good);
      }
      assert.strictEqual(warnings.length, 1);
      assert.include(warnings[0], `${attribute}="${bad}"`);
      assert.include(warnings[0], expected);
      assert.include(warnings[0], String(standard));
      element().setAttribute(attribute, bad);
      assert.strictEqual(warnings.length, 2, 'another element');
    });

    it(`are checked where a property is set: ${name}`, () => {
      const stt = element();
      Object.assign(stt, { [name]: bad });
      assert.strictEqual(stt[name], standard);
      assert.strictEqual(warnings.length, 1);
      Object.assign(stt, { [name]: good });
      assert.strictEqual(String(stt[name]), good);
    });

    it(`give the default without a warning where ${attribute} is removed`, () => {
      const stt = element();
      stt.setAttribute(attribute, good);
      stt.removeAttribute(attribute);
      assert.strictEqual(stt[name], standard);
      assert.deepEqual(warnings, []);
    });
  }

  it('name the number that was set, not another in the attribute', () => {
    const stt = element();
    stt.setAttribute('turn-horizon', '1');
    stt.turnHorizon = 7;
    assert.include(warnings[0], 'turn-horizon="7"');
  });

  it('of boolean attributes are reported if they say false', () => {
    const stt = element();
    for (const name of ['required', 'disabled', 'autoload']) {
      stt.setAttribute(name, 'false');
      stt.setAttribute(name, '');
    }
    assert.strictEqual(warnings.length, 3);
    assert.include(warnings[0], 'required="false"');
  });

  it('of lang are reported if there are no texts in that language', async () => {
    await fixture(html`<div lang="de"><kyutai-stt></kyutai-stt></div>`);
    await fixture(html`<kyutai-stt lang="fr-CA"></kyutai-stt>`);
    await fixture(html`<kyutai-stt lang="de" .strings=${{ start: 'Zuhören' }}></kyutai-stt>`);
    assert.deepEqual(warnings, []);
    const stt = await fixture<KyutaiSttElement>(html`<kyutai-stt lang="de"></kyutai-stt>`);
    stt.requestUpdate();
    await stt.updateComplete;
    assert.strictEqual(warnings.length, 1);
    assert.match(warnings[0] ?? '', /lang="de".* en, fr/);
  });

  it('that are wrong leave the element working', async () => {
    const stt = await fixture<KyutaiSttElement>(
      html`<kyutai-stt
        model=${modelUrl()}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
        backend="gpu"
        mode="captoins"
        turn-horizon="7"
      ></kyutai-stt>`,
    );
    await stt.start(new HandSource());
    assert.strictEqual(stt.state, 'listening');
    assert.isNotNull(stt.shadowRoot?.querySelector('[part=captions]') ?? null);
    stt.abort();
  });
});
