/** The check of the oldest browsers itself: each kind of use has an offender it catches, and a use that is no offence. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkReadme, checkUses } from '../../../tools/check-browsers.mjs';
import type { Allowance } from '../../../tools/floor/allowed.mjs';
import { floorSentence, parseFloor } from '../../../tools/floor/floor.mjs';
import { readMarkup } from '../../../tools/floor/markup.mjs';
import { readStyles } from '../../../tools/floor/styles.mjs';
import { checkSyntax, readSyntax } from '../../../tools/floor/syntax.mjs';
import { usesOfModules, type Use } from '../../../tools/floor/uses.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Chosen for this test: the real ones may move on. */
const FLOOR = parseFloor(['chrome >= 125', 'and_chr >= 125', 'edge >= 125', 'firefox >= 126', 'safari >= 17.5']);

/** The features that are newer than FLOOR. */
function newer(uses: readonly Use[]): string[] {
  const problems: string[] = checkUses(uses, FLOOR, [], () => '');
  return [...new Set(problems.map((problem) => /: (\S+) is newer/.exec(problem)?.[1] ?? problem))];
}
const inFile = (use: object): Use => ({ ...use, file: 'planted', line: 1 });

const APIS: readonly [code: string, ...features: string[]][] = [
  ['new Set([1]).union(new Set([2]));', 'javascript.builtins.Set.union'],
  ['void Promise.try(() => 1);', 'javascript.builtins.Promise.try'],
  ["Uint8Array.fromBase64('');", 'javascript.builtins.Uint8Array.fromBase64'],
  ['[1].values().map((n) => n);', 'javascript.builtins.Iterator.map'],
  ['new Intl.DurationFormat();', 'javascript.builtins.Intl.DurationFormat'],
  ['for await (const part of new Response().body!) void part;', 'api.ReadableStream.@@asyncIterator'],
  ['requestIdleCallback(() => undefined);', 'api.Window.requestIdleCallback'],
  ["addEventListener('beforeinstallprompt', () => undefined);", 'api.Window.beforeinstallprompt_event'],
  ["document.body.addEventListener('scrollend', () => undefined);", 'api.Element.scrollend_event'],
  ['document.body.onscrollend = null;', 'api.Element.scrollend_event'],
  ['document.body.ariaActiveDescendantElement = null;', 'api.Element.ariaActiveDescendantElement'],
  ["getSelection()?.['getComposedRanges']();", 'api.Selection.getComposedRanges'],
  [
    '(document.body as HTMLElement & { moveBefore(a: Node): void }).moveBefore(document.body);',
    'api.Element.moveBefore',
  ],
  [
    'const { captureStream } = new Audio() as { captureStream?: () => void }; captureStream?.();',
    'api.HTMLMediaElement.captureStream',
  ],
  [
    'interface Own { getComposedRanges?(o: object): object }\ndeclare const own: Own;\nown.getComposedRanges?.({});',
    'api.Selection.getComposedRanges',
  ],
  ['const { trustedTypes } = globalThis as { trustedTypes?: object }; void trustedTypes;', 'api.trustedTypes'],
  ["document.body.style.fieldSizing = 'content';", 'css.properties.field-sizing'],
  ["document.body.style.setProperty('text-box', 'inherit');", 'css.properties.text-box'],
  ["document.querySelector('details::details-content');", 'css.selectors.details-content'],
  ["matchMedia('(prefers-reduced-transparency)');", 'css.at-rules.media.prefers-reduced-transparency'],
  [
    "new SharedWorker('a.js', { type: 'module' });",
    'api.SharedWorker',
    'api.SharedWorker.SharedWorker.options_type_parameter',
  ],
  [
    'declare const css: (s: TemplateStringsArray) => string;\ncss`:host { interpolate-size: allow-keywords }`;',
    'css.properties.interpolate-size',
    'css.properties.interpolate-size.allow-keywords',
  ],
  [
    'declare const html: (s: TemplateStringsArray, f: object) => string;\nhtml`<p @scrollend=${{}}></p>`;',
    'api.Document.scrollend_event',
  ],
  ['void navigator.gpu;', 'api.Navigator.gpu'],
];

const OLD = [
  "export const has = 'union' in new Set();",
  'export const is = typeof new Set().union;',
  'export const idle = typeof requestIdleCallback;',
  'export type Ranges = ReturnType<Selection["getComposedRanges"]>;',
  'export class Own { union(): void {} use(): void { this.union(); } }',
  'void Array.fromAsync([]); void Promise.withResolvers(); AbortSignal.any([]); new ArrayBuffer(1).transfer();',
  'void navigator.locks; structuredClone(1); document.body.checkVisibility(); document.body.inert = true;',
];

describe('the check of the oldest browsers', () => {
  let folder: string;
  let uses: readonly Use[];
  const name = (kind: string, index: number): string => `${kind}-${index}.ts`;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'browsers-'));
    const texts = [
      ...APIS.map(([code], index) => [name('new', index), `${code}\nexport {};\n`] as const),
      ...OLD.map((code, index) => [name('old', index), `${code}\nexport {};\n`] as const),
      ['any.js', 'export const ranges = (selection) => selection.getComposedRanges();\n'] as const,
    ];
    await Promise.all(texts.map(([file, text]) => writeFile(join(folder, file), text)));
    const files = texts.map(([file]) => ({ file: join(folder, file), inWorker: false }));
    uses = usesOfModules(ROOT, files);
  });
  after(() => rm(folder, { recursive: true }));
  const newerIn = (file: string): string[] => newer(uses.filter((use) => basename(use.file) === file));

  APIS.forEach(([code, ...features], index) => {
    it(`catches ${code}`, () => assert.deepEqual(newerIn(name('new', index)).sort(), features));
  });
  OLD.forEach((code, index) => {
    it(`lets pass ${code}`, () => assert.deepEqual(newerIn(name('old', index)), []));
  });
  it('catches an untyped name that only newer features have', () =>
    assert.deepEqual(newerIn('any.js'), ['api.Selection.getComposedRanges']));
  it('checks for worker support in modules that run in workers', () => {
    const file = join(folder, name('new', APIS.length - 1));
    assert.deepEqual(newer(usesOfModules(ROOT, [{ file, inWorker: true }])), ['api.WorkerNavigator.gpu']);
  });

  for (const [code, ...features] of [
    ['using file = open();', 'javascript.statements.using'],
    ['async () => { await using file = open(); };', 'javascript.statements.await_using'],
    ["import data from './data.json' with { type: 'json' };", 'javascript.statements.import.import_attributes'],
    ['await 1;', 'javascript.operators.await.top_level'],
    ['/(?i:a)b/.test("");', 'javascript.regular_expressions.modifier'],
    ['new RegExp("(?i:a)b", "u");', 'javascript.regular_expressions.modifier'],
    [
      '/(?<a>x)|(?<a>y)/.test("");',
      'javascript.regular_expressions.named_capturing_group.duplicate_named_capturing_groups',
    ],
    ['class A { static #b = 1; static { A.#b ??= 2; } } /[\\p{L}--a]/v.test("");'],
  ] as const) {
    it(`${features.length > 0 ? 'catches' : 'lets pass'} the syntax ${code}`, () => {
      const found: Use[] = [];
      readSyntax(code, (use) => found.push(inFile(use)));
      assert.deepEqual(newer(found), features);
    });
  }
  it('recognises all syntax that these browsers lack, and reports the rest for older ones', () => {
    assert.deepEqual(checkSyntax(FLOOR), []);
    assert.match(checkSyntax(parseFloor(['safari >= 12'])).join('\n'), /operators\.nullish_coalescing is newer/);
  });

  for (const [css, ...features] of [
    ['p { field-sizing: content }', 'css.properties.field-sizing', 'css.properties.field-sizing.content'],
    ['p { text-wrap: pretty }', 'css.properties.text-wrap.pretty'],
    ['p { top: anchor(bottom) }', 'css.properties.top.anchor', 'css.types.anchor'],
    ['p { margin: 1rcap }', 'css.types.length.rcap'],
    ['p { color: rgb(from red r g b) }', 'css.types.color.rgb.relative_syntax'],
    ['p:has-slotted { top: 0 }', 'css.selectors.has-slotted'],
    ['details::details-content { top: 0 }', 'css.selectors.details-content'],
    ['@starting-style { p { top: 0 } }', 'css.at-rules.starting-style'],
    ['@scope (p) { p { top: 0 } }', 'css.at-rules.scope'],
    ['@container scroll-state(stuck: top) { p { top: 0 } }', 'css.at-rules.container.scroll-state_queries'],
    ['@media (prefers-reduced-transparency) { p { top: 0 } }', 'css.at-rules.media.prefers-reduced-transparency'],
    ['p { &:state(ready) { color: light-dark(red, blue); width: 1cqi } } :host(:has(p)) { text-wrap: balance }'],
  ] as const) {
    it(`${features.length > 0 ? 'catches' : 'lets pass'} the style ${css}`, () => {
      const found: Use[] = [];
      readStyles(css, 'stylesheet', (use) => found.push(inFile(use)));
      assert.deepEqual(newer(found), features);
    });
  }
  it('rejects a style sheet that it cannot parse', () =>
    assert.throws(() => readStyles('p { color', 'stylesheet', () => undefined), /CSS cannot be read: "color"/));

  for (const [html, ...features] of [
    ['<dialog closedby="any"></dialog>', 'html.elements.dialog.closedby'],
    [
      '<button commandfor="a" command="close">b</button>',
      'html.elements.button.command',
      'html.elements.button.commandfor',
    ],
    ['<p popover="hint"></p>', 'html.global_attributes.popover.hint'],
    ['<selectedcontent></selectedcontent>', 'html.elements.selectedcontent'],
    ['<div popover inert hidden><input type="search" /></div>'],
  ] as const) {
    it(`${features.length > 0 ? 'catches' : 'lets pass'} the markup ${html}`, () => {
      const found: Use[] = [];
      readMarkup(html, 'template', (use) => found.push(inFile(use)));
      assert.deepEqual(newer(found).sort(), features);
    });
  }

  describe('the list of exceptions', () => {
    const uses = [inFile({ feature: 'api.Selection.getComposedRanges' })];
    const allowance = {
      feature: 'api.Selection.*',
      in: 'planted',
      why: 'checked',
      guard: { in: 'planted', text: 'if (' },
    };
    const check = (allowed: readonly Allowance[], text = 'if (has)', floor = FLOOR): string[] =>
      checkUses(uses, floor, allowed, () => text);

    it('allows a use whose check exists', () => assert.deepEqual(check([allowance]), []));
    it('catches the same use in another file', () =>
      assert.match(check([{ ...allowance, in: 'other' }])[0] ?? '', /^planted:1: /));
    it('catches a missing check', () =>
      assert.match(check([allowance], '')[0] ?? '', /relies on a check that is gone: planted has no "if \("/));
    it('catches an unused entry', () => {
      const problems = check([{ ...allowance, feature: ['api.Selection.*', 'api.Range.gone'] }]);
      assert.match(problems.join('\n'), /^tools\/floor\/allowed.mjs: api\.Range\.gone of .* is not needed any more/);
    });
    it('catches an entry for a feature that the oldest browsers support', () => {
      const later = parseFloor(['chrome >= 137', 'firefox >= 142', 'safari >= 17.5']);
      assert.match(
        check([allowance], 'if (has)', later).join('\n'),
        /api\.Selection\.\*, planted of .* is not needed any more/,
      );
    });
  });

  it('compares README with the same browsers', () => {
    assert.strictEqual(floorSentence(FLOOR), 'Chrome and Edge 125, Firefox 126, Safari 17.5, or newer');
    assert.deepEqual(checkReadme('Chrome and Edge 125, Firefox 126, Safari 17.5, or newer, for', FLOOR), []);
    assert.match(checkReadme('Chrome and Edge 124, Firefox 126', FLOOR)[0] ?? '', /README does not say/);
  });
  it('rejects an unknown browser', () =>
    assert.throws(() => parseFloor(['opera >= 1']), /found "opera >= 1", expected "NAME >= VERSION"/));
});
