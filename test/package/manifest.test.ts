/** custom-elements.json, which editors and documentation tools read, lists and describes the whole public contract of the element. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { LitElement } from 'lit';
import ts from 'typescript';
import type * as Element from '../../src/element/kyutai-stt-element.js';
import { readManifest, ROOT } from './installed.js';

interface Entry {
  readonly name: string;
  readonly description?: string;
  readonly kind?: string;
  readonly static?: boolean;
}

interface Declaration extends Record<
  'members' | 'attributes' | 'events' | 'slots' | 'cssParts' | 'cssProperties' | 'cssStates',
  readonly Entry[]
> {
  readonly name: string;
  readonly tagName: string;
}

interface Manifest {
  readonly modules: readonly {
    readonly path: string;
    readonly declarations: readonly Declaration[];
    readonly exports: readonly { readonly kind: string; readonly name: string }[];
  }[];
}

const SOURCES = readdirSync(join(ROOT, 'src/element'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(ROOT, 'src/element', file), 'utf8'))
  .map((text) => text.replace(/\/\*\*[^]*?\*\//g, '')); // without comments, which the manifest is made of

/** Members that only the platform calls, or that every element has. */
const CALLBACKS =
  /^(constructor|.*Callback|update|updated|willUpdate|firstUpdated|render|createRenderRoot|addEventListener|role)$/;

describe('custom-elements.json', () => {
  let manifest: Manifest;
  let element: Declaration;
  let Class: typeof Element.KyutaiSttElement;

  before(async () => {
    const { customElements } = readManifest(join(ROOT, 'package.json')) as unknown as { customElements: string };
    manifest = JSON.parse(readFileSync(join(ROOT, customElements), 'utf8')) as Manifest;
    const [found] = manifest.modules.flatMap(({ declarations }) => declarations);
    element = found ?? assert.fail('no declaration');
    ({ KyutaiSttElement: Class } = (await import(join(ROOT, 'dist/element.js'))) as typeof Element);
  });

  it('names the published scripts, and the one that defines the tag', () => {
    for (const { path } of manifest.modules) assert.ok(existsSync(join(ROOT, path)), path);
    const defined = manifest.modules.flatMap(({ exports }) => exports);
    assert.ok(defined.some(({ kind, name }) => kind === 'custom-element-definition' && name === element.tagName));
    assert.equal(element.name, Class.name);
  });

  it('has every attribute', () => {
    assert.deepEqual(names(element.attributes), [...Class.observedAttributes].sort());
  });

  it('has the public names of the kept list', () => {
    const kept = JSON.parse(readFileSync(join(ROOT, 'test/package/public-names.json'), 'utf8')) as unknown;
    const isMethod = ({ kind }: Entry): boolean => kind === 'method';
    assert.deepEqual(
      {
        attributes: names(element.attributes),
        properties: names(element.members.filter((member) => !isMethod(member))),
        methods: names(element.members.filter(isMethod)),
        events: names(element.events),
        slots: names(element.slots),
        cssParts: names(element.cssParts),
        cssProperties: names(element.cssProperties),
        cssStates: names(element.cssStates),
      },
      kept,
    );
  });

  it('has every property and method of the class', () => {
    const own: string[] = [];
    for (let at: object = Class.prototype; at !== LitElement.prototype; at = Object.getPrototypeOf(at) as object)
      own.push(...Object.getOwnPropertyNames(at));
    const listed = names(element.members);
    const hidden = internalNames();
    const missing = own.filter((name) => !CALLBACKS.test(name) && !hidden.has(name) && !listed.includes(name));
    assert.deepEqual(missing, []);
  });

  it('has every event', () => {
    const source = readFileSync(join(ROOT, 'src/element/events.ts'), 'utf8');
    const events: string[] = [];
    ts.forEachChild(ts.createSourceFile('events.ts', source, ts.ScriptTarget.Latest, true), (node) => {
      if (ts.isInterfaceDeclaration(node) && node.name.text === 'KyutaiSttEventMap')
        events.push(...node.members.map((member) => member.name?.getText() ?? ''));
    });
    // As a form control, it has these as well.
    assert.deepEqual(names(element.events), [...events, 'input', 'change'].sort());
  });

  it('has every slot, part and custom property of the sources', () => {
    const slots = written(/<slot\b(?:[^>]*?\bname="([\w-]+)")?/g);
    const parts = written(/\bpart="([\w\s-]+)"/g).flatMap((text) => text.split(/\s+/));
    const properties = written(/var\(\s*(--kyutai-stt-[\w-]+)/g);
    assert.deepEqual(missing(slots, element.slots), []);
    assert.deepEqual(missing(parts, element.cssParts), []);
    assert.deepEqual(missing(properties, element.cssProperties), []);
  });

  it('has every state', () => {
    const source = readFileSync(join(ROOT, 'src/element/status.ts'), 'utf8');
    const states = [...source.matchAll(/readonly name: ((?:'[a-z]+'(?: \| )?)+)/g)]
      .flatMap((match) => [...(match[1] ?? '').matchAll(/'([a-z]+)'/g)])
      .map((match) => match[1] ?? '');
    assert.ok(states.length >= 7, `found only ${states.join()}`);
    assert.deepEqual(missing(states, element.cssStates), []);
  });

  it('describes each entry', () => {
    for (const list of [
      'members',
      'attributes',
      'events',
      'slots',
      'cssParts',
      'cssProperties',
      'cssStates',
    ] as const) {
      const silent = element[list].filter(({ description = '' }) => description.length < 3);
      assert.deepEqual(
        silent.map(({ name }) => name),
        [],
        list,
      );
    }
  });

  function names(entries: readonly Entry[]): string[] {
    return entries.map(({ name }) => name).sort();
  }

  function missing(wanted: readonly string[], entries: readonly Entry[]): string[] {
    return [...new Set(wanted)].filter((name) => !entries.some((entry) => entry.name === name));
  }

  /** The matches of the pattern's group in the sources; an empty string where the group is absent. */
  function written(pattern: RegExp): string[] {
    return SOURCES.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
  }

  /** `protected` and `private` members, which exist at run time. */
  function internalNames(): Set<string> {
    const pattern = /^ +(?:protected|private) (?:override |abstract |static |readonly |async |get |set )*(\w+)/gm;
    return new Set(written(pattern));
  }
});
