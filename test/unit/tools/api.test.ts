/** The generated tables of the API reference. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { asMarkdown, withRegion } from '../../../tools/api/render.mjs';
import { resolveNames } from '../../../tools/api/resolve.mjs';
import { apiTables } from '../../../tools/api/tables.mjs';
import { SourceTypes } from '../../../tools/api/types.mjs';

const SOURCE = `
export const DEFAULT_SIZE = 3;
export type Colour = 'red' | 'green';
export interface Base {
  /** Metres. */
  readonly height: number;
  readonly gone: string;
}
/** The detail of a paint event. */
export interface PaintDetail extends Omit<Base, 'gone'> {
  /** One of two. */
  readonly colour?: Colour;
}
/** Whether it can be painted. */
export function paintable(options: { readonly wall: string } = { wall: '' }): Promise<boolean> {}
`;

const ELEMENT = {
  name: 'PaintElement',
  attributes: [{ name: 'wall-size', default: 'DEFAULT_SIZE', description: 'Bigger than a <door>.' }],
  members: [
    { kind: 'field', name: 'wallSize', attribute: 'wall-size', description: 'Bigger than a <door>.' },
    { kind: 'field', name: 'paintable', static: true, description: 'As the function.' },
    {
      kind: 'method',
      name: 'paint',
      parameters: [{ name: 'colour', type: { text: 'Colour' } }],
      description: 'Paints.',
    },
  ],
  events: [{ name: 'paint', type: { text: 'CustomEvent<PaintDetail>' }, description: 'Paint dried.' }],
  slots: [{ name: '', description: 'The wall.' }],
  cssParts: [],
  cssProperties: [{ name: '--paint', default: 'red', description: 'The paint.' }],
  cssStates: [{ name: 'wet', description: 'Not dry.' }],
};

describe('the API reference', () => {
  let folder: string;
  let markdown: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-'));
    await writeFile(join(folder, 'paint.ts'), SOURCE);
    const types = new SourceTypes([join(folder, 'paint.ts')]);
    const element = structuredClone(ELEMENT);
    resolveNames(element, types);
    markdown = asMarkdown(apiTables(element, types));
  });
  after(() => rm(folder, { recursive: true }));

  it('lists attributes with property, type and default, constants resolved', () => {
    assert.match(markdown, /^\| `wall-size` \| `wallSize` \| `number` \| `3` \| Bigger than a &lt;door>\. \|$/m);
  });

  it('writes methods with their parameters, and short type aliases in full', () => {
    assert.match(markdown, /^\| `paint\(colour: 'red' \\\| 'green'\)` \| `void` \| Paints\. \|$/m);
  });

  it('documents a static field that refers to an exported function as that function', () => {
    const row = '| `paintable(options?: { wall: string })` | `Promise<boolean>` | Whether it can be painted. |';
    assert.ok(markdown.includes(row), markdown);
  });

  it('links events to a table of their detail, with inherited fields that are not omitted', () => {
    assert.match(markdown, /^\| `paint` \| \[`PaintDetail`\]\(#paintdetail\) \| Paint dried\. \|$/m);
    const section = markdown.slice(markdown.indexOf('## PaintDetail'));
    assert.match(section, /The detail of a paint event\./);
    assert.match(
      section,
      /^\| `height` \| `number` \| Metres\. \|\n\| `colour\?` \| `'red' \\\| 'green'` \| One of two\. \|$/m,
    );
    assert.doesNotMatch(section, /gone/);
  });

  it('replaces only the part between the marks', () => {
    const marks =
      'before\n<!-- Generated from the sources: npm run api -->\nold\n<!-- end of the generated part -->\nafter';
    assert.equal(
      withRegion(marks, 'new', 'a.md'),
      'before\n<!-- Generated from the sources: npm run api -->\n\nnew\n\n<!-- end of the generated part -->\nafter',
    );
    assert.throws(() => withRegion('nothing', 'new', 'a.md'), /a\.md: found no <!-- Generated/);
  });
});
