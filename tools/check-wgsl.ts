/** Checks the header and bindings of every WGSL file, and every composition of the plans against WebGPU's limits. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { workgroupBytes } from './workgroup-memory.js';
import { isHidden, isUsed, isWritten, parseWgsl, type HeaderLine, type WgslSource } from './wgsl-source.js';

/** The order of a header: title, formula, in and out, constants, parts, lanes, why, links. */
const ORDER: readonly HeaderLine['kind'][][] = [
  ['formula'],
  ['in', 'out', 'in/out'],
  ['const'],
  ['parts', 'needs'],
  ['lanes'],
  ['why'],
  ['paper'],
  ['reference'],
];
const KERNEL_NEEDS = ['formula', 'const', 'lanes', 'reference'] as const;
/** The first binding of a matrix, as in src/gpu/kernels.ts. */
const FIRST_WEIGHT = 8;
/** WebGPU's default maxStorageBuffersPerShaderStage. */
const MAX_BUFFERS = 8;
/** WebGPU's default maxComputeWorkgroupStorageSize and maxComputeInvocationsPerWorkgroup. */
const MAX_BYTES = 16_384;
const MAX_LANES = 256;

/** The problems of one file, one line each. `parts`: all parts, which kernels and parts may refer to. */
export function checkFile(source: WgslSource, parts: readonly WgslSource[]): string[] {
  const problems = [
    ...checkHeader(source),
    ...checkNames(source, parts),
    ...checkConstants(source, parts),
    ...checkNumbers(source),
    ...checkBindings(source, parts),
    ...checkEntryPoints(source),
  ];
  return problems.map((problem) => `${source.path}: ${problem}`);
}

/** The problems of a kernel composed with the parts `names`, as in a plan. */
export function checkComposition(kernel: WgslSource, names: readonly string[], parts: readonly WgslSource[]): string[] {
  const chosen = names.flatMap((name) => parts.find((part) => part.name === name) ?? []);
  const bindings = [kernel, ...chosen].flatMap((source) => source.bindings);
  const numbers = bindings.map(({ number }) => number).sort((a, b) => a - b);
  const problems: string[] = [];
  if (numbers.length > MAX_BUFFERS) problems.push(`binds ${numbers.length} storage buffers, at most ${MAX_BUFFERS}`);
  const twice = numbers.filter((number, i) => number === numbers[i - 1]);
  if (twice.length > 0) problems.push(`binds ${twice.join()} twice`);
  for (const first of [0, FIRST_WEIGHT]) {
    const own = numbers.filter((number) => (first === 0 ? number < FIRST_WEIGHT : number >= FIRST_WEIGHT));
    if (own.some((number, i) => number !== first + i)) problems.push(`binds ${own.join()}, expected ${first} and on`);
  }
  const used = [...new Set(names.map(family))].sort().join(' ');
  const listed = familiesOf(kernel).sort().join(' ');
  if (used !== listed) problems.push(`has the parts ${used || 'none'}, its header lists ${listed || 'none'}`);
  return problems.map((problem) => `${kernel.path} with ${names.join(' ') || 'no parts'}: ${problem}`);
}

function checkHeader({ name, isPart, title, header }: WgslSource): string[] {
  const problems: string[] = [];
  const opening = isPart ? `${name}.wgsl: part. ` : `${name}.wgsl: `;
  if (!title.startsWith(opening)) problems.push(`the header does not begin with "// ${opening}…"`);
  if (!isPart && title.startsWith(`${name}.wgsl: part.`)) problems.push('calls itself a part but is among the kernels');
  const kinds = header.map(({ kind }) => kind);
  const needed = isPart ? (['reference'] as const) : KERNEL_NEEDS;
  for (const kind of needed) if (!kinds.includes(kind)) problems.push(`the header has no ${kind}`);
  if (!isPart && !kinds.some((kind) => rank(kind) === 1)) problems.push('the header has no in or out');
  for (const kind of isPart ? (['lanes', 'parts'] as const) : (['needs'] as const)) {
    if (kinds.includes(kind)) problems.push(`the header of a ${isPart ? 'part' : 'kernel'} must not have ${kind}`);
  }
  const early = kinds.find((kind, i) => i > 0 && rank(kind) < rank(kinds[i - 1] ?? kind));
  if (early !== undefined)
    problems.push(`in the header, ${early} is too late, expected the order ${ORDER.flat().join(', ')}`);
  return problems;
}

function checkNames({ header, bindings }: WgslSource, parts: readonly WgslSource[]): string[] {
  const problems: string[] = [];
  const named: string[] = [];
  for (const { kind, rest } of header.filter((line) => rank(line.kind) === 1)) {
    for (const name of /^\w+(?:, \w+)*/.exec(rest)?.[0].split(', ') ?? []) {
      const own = bindings.find((binding) => binding.name === name);
      if (!own && !isOfParts(name, rest, parts)) problems.push(`the header names ${name}, which nothing binds`);
      if (!own) continue;
      named.push(name);
      const access = own.writable ? 'read_write' : 'read';
      if (own.writable === (kind === 'in'))
        problems.push(`the header lists ${name} as ${kind}, but it is bound as ${access}`);
    }
  }
  const unnamed = bindings.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
  if (unnamed.length > 0) problems.push(`the header does not name ${unnamed.join(', ')}`);
  const sorted = [...bindings].sort((a, b) => a.number - b.number).map(({ name }) => name);
  const expected = sorted.filter((name) => named.includes(name)).join(', ');
  if (named.join(', ') !== expected)
    problems.push(`the header names ${named.join(', ')}, expected the order of the bindings: ${expected}`);
  return problems;
}

/** Whether an in or out line assigns `name` to a part: `weights  part weights_*`, or the name of a part's binding. */
function isOfParts(name: string, rest: string, parts: readonly WgslSource[]): boolean {
  const [, list = ''] = /\bparts? ((?:[a-z_0-9*]+(?: and |, )?)+)/.exec(rest) ?? [];
  const patterns = list.split(/ and |, /).filter(Boolean);
  return patterns.some((pattern) => {
    const matching = parts.filter((part) => new RegExp(`^${pattern.replace('*', '\\w+')}$`).test(part.name));
    const isMatrix = name === 'weights' && matching.every((part) => family(part.name) === 'weights');
    return matching.length > 0 && (isMatrix || matching.every(({ bindings }) => bindings.some((b) => b.name === name)));
  });
}

function checkConstants(source: WgslSource, parts: readonly WgslSource[]): string[] {
  const problems: string[] = [];
  const lines = source.header.filter(({ kind }) => kind === 'const').map(({ rest }) => rest);
  const words = new Set(lines.join(' ').match(/\b[A-Z][A-Z0-9_]*\b/g));
  for (const name of source.overrides) {
    if (!words.has(name)) problems.push(`the header's const does not name ${name}`);
    if (!isUsed(source, name)) problems.push(`the override ${name} is not used`);
  }
  const families = familiesOf(source);
  const near = source.isPart ? parts : parts.filter((part) => families.includes(family(part.name)));
  const known = new Set([source, ...near].flatMap(({ overrides }) => overrides));
  const unknown = [...words].filter((word) => !known.has(word));
  if (unknown.length > 0) problems.push(`the header's const names ${unknown.join(', ')}, expected names of overrides`);
  return problems;
}

/**
 * Firefox's compiler panics on some arrays sized by an expression of overrides and crashes the browser. `compose`
 * writes every override as a constant, so that no compiler sees one; as a second guard, sizes must be names or numbers.
 */
function checkNumbers({ code, sizes }: WgslSource): string[] {
  return [
    ...(code.match(/(?:@id\([^)]*\)\s*)?\boverride\b[^;]*;?/g) ?? []).map(
      (found) => `declares "${found}", expected "override NAME: u32;" or f32 on a line`,
    ),
    ...sizes
      .filter((size) => !/^\w+$/.test(size))
      .map((size) => `an array is sized by "${size}", expected a number or a name: override NAME: u32 = ${size};`),
  ];
}

function checkBindings(source: WgslSource, parts: readonly WgslSource[]): string[] {
  const { name: file, isPart, bindings, attributes } = source;
  const problems: string[] = [];
  if (attributes !== bindings.length) {
    problems.push(`has ${attributes} bindings, expected all in storage of group 0, found ${bindings.length}`);
  }
  for (const { name, writable } of bindings) {
    if (!isUsed(source, name)) problems.push(`${name} is bound but not used`);
    if (writable && !isWritten(source, name)) problems.push(`${name} is read_write but never written`);
    if (!writable && isWritten(source, name)) problems.push(`${name} is bound read but written`);
    if (isHidden(source, name)) problems.push(`a local name hides the binding ${name}`);
  }
  const isMatrix = isPart && family(file) === 'weights';
  const families = familiesOf(source);
  const shared = parts.filter((part) => families.includes(family(part.name)) && family(part.name) !== 'weights');
  const numbers = [source, ...shared]
    .flatMap((each) => each.bindings.map(({ number }) => number))
    .sort((a, b) => a - b);
  const first = isMatrix ? FIRST_WEIGHT : 0;
  if (numbers.some((number, i) => number !== first + i)) {
    problems.push(`binds ${numbers.join()}: ${isMatrix ? 'a matrix binds' : 'expected'} ${first} and on, without gaps`);
  }
  if (!isMatrix && numbers.some((number) => number >= FIRST_WEIGHT)) {
    problems.push(`binds ${Math.max(...numbers)}, expected less: ${FIRST_WEIGHT} and on are for a matrix`);
  }
  return problems;
}

function checkEntryPoints({ name, isPart, entryPoints }: WgslSource): string[] {
  if (isPart) return entryPoints.length === 0 ? [] : [`a part has the entry point ${entryPoints.join()}`];
  return entryPoints.join() === name
    ? []
    : [`its entry points are ${entryPoints.join(', ') || 'none'}, expected ${name}`];
}

/** The family of a part, such as `weights` of `weights_q4_0`: parts that can replace each other. */
function family(part: string): string {
  return part.replace(/_.*$/, '');
}

/** The families on a kernel's `parts` line. */
function familiesOf({ header }: WgslSource): string[] {
  return header.filter(({ kind }) => kind === 'parts').flatMap(({ rest }) => rest.split(/\s+/));
}

function rank(kind: HeaderLine['kind']): number {
  return ORDER.findIndex((kinds) => kinds.includes(kind));
}

/** Every WGSL file under `root`, kernels and parts. */
export function readWgsl(root: string): WgslSource[] {
  return ['kernels/wgsl', 'kernels/wgsl/parts'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.wgsl'))
      .map((file) => parseWgsl(`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8'))),
  );
}

/** A kernel as a plan uses it. */
export interface Planned {
  readonly name: string;
  readonly parts: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
}

/** The problems of a kernel's numbers: workgroups beyond WebGPU's default limits. */
export function checkSize({ name, parts, constants }: Planned, sources: readonly WgslSource[]): string[] {
  const chosen = sources.filter((source) => (source.isPart ? parts.includes(source.name) : source.name === name));
  const what = [name, ...Object.entries(constants).map(([key, value]) => `${key}=${value}`)].join(' ');
  const bytes = workgroupBytes(chosen, constants);
  const lanes = constants['LANES'] ?? 0;
  return [
    ...(bytes > MAX_BYTES ? [`${what}: ${bytes} bytes of workgroup memory, at most ${MAX_BYTES}`] : []),
    ...(lanes > MAX_LANES ? [`${what}: ${lanes} lanes, at most ${MAX_LANES}`] : []),
  ];
}

/** All problems of `sources` and of the `plans`' compositions, and files that no plan uses. */
export function checkWgsl(sources: readonly WgslSource[], plans: readonly Planned[]): string[] {
  const parts = sources.filter(({ isPart }) => isPart);
  const unused = sources.filter(({ name, isPart }) =>
    plans.every((plan) => (isPart ? !plan.parts.includes(name) : plan.name !== name)),
  );
  const distinct = new Map(plans.map((plan) => [[plan.name, ...plan.parts].join(' '), plan]));
  return [
    ...sources.flatMap((source) => checkFile(source, parts)),
    ...unused.map(({ path }) => `${path}: no plan uses it`),
    ...[...distinct.values()].flatMap(({ name, parts: names }) => {
      const kernel = sources.find((source) => source.name === name && !source.isPart);
      return kernel ? checkComposition(kernel, names, parts) : [`a plan uses ${name}.wgsl, which does not exist`];
    }),
    ...plans.flatMap((plan) => checkSize(plan, sources)),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { compositions } = await import('./compositions.js');
  const plans = compositions();
  const sources = readWgsl(fileURLToPath(new URL('..', import.meta.url)));
  const problems = checkWgsl(sources, plans);
  console.log(
    problems.join('\n') || `${sources.length} WGSL files, ${new Set(plans.map((p) => p.source)).size} compositions`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
