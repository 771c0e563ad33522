/** Holds every WGSL file to its header and its bindings, and every set of parts the plans use to WebGPU's limits. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { workgroupBytes } from './workgroup-memory.js';
import { isHidden, isUsed, isWritten, parseWgsl, type HeaderLine, type WgslSource } from './wgsl-source.js';

/** The order a reader meets things in: what it is, formula, in and out, constants, parts, lanes, why, links. */
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
const KERNEL_SAYS = ['formula', 'const', 'lanes', 'reference'] as const;
/** Parts that hold a matrix bind it from here on; src/gpu/kernels.ts. */
const FIRST_WEIGHT = 8;
/** maxStorageBuffersPerShaderStage of a GPU that promises no more than it must. */
const MOST_BUFFERS = 8;
/** maxComputeWorkgroupStorageSize, and invocations of a workgroup, of such a GPU. */
const MOST_BYTES = 16_384;
const MOST_LANES = 256;

/** The breaches of one file, one line each. `parts`: every part there is, which kernels and parts may refer to. */
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

/** The breaches of a kernel put together with `names`, as a plan does it. */
export function checkComposition(kernel: WgslSource, names: readonly string[], parts: readonly WgslSource[]): string[] {
  const chosen = names.flatMap((name) => parts.find((part) => part.name === name) ?? []);
  const bindings = [kernel, ...chosen].flatMap((source) => source.bindings);
  const numbers = bindings.map(({ number }) => number).sort((a, b) => a - b);
  const problems: string[] = [];
  if (numbers.length > MOST_BUFFERS) problems.push(`binds ${numbers.length} storage buffers, at most ${MOST_BUFFERS}`);
  const twice = numbers.filter((number, i) => number === numbers[i - 1]);
  if (twice.length > 0) problems.push(`binds ${twice.join()} twice`);
  for (const first of [0, FIRST_WEIGHT]) {
    const own = numbers.filter((number) => (first === 0 ? number < FIRST_WEIGHT : number >= FIRST_WEIGHT));
    if (own.some((number, i) => number !== first + i)) problems.push(`binds ${own.join()}: not ${first} and on`);
  }
  const used = [...new Set(names.map(family))].sort().join(' ');
  const told = familiesOf(kernel).sort().join(' ');
  if (used !== told) problems.push(`is put together from the parts ${used}, its header says ${told || 'none'}`);
  return problems.map((problem) => `${kernel.path} with ${names.join(' ') || 'no parts'}: ${problem}`);
}

function checkHeader({ name, isPart, title, header }: WgslSource): string[] {
  const problems: string[] = [];
  const opening = isPart ? `${name}.wgsl: part. ` : `${name}.wgsl: `;
  if (!title.startsWith(opening)) problems.push(`the header does not begin with "// ${opening}…"`);
  if (!isPart && title.startsWith(`${name}.wgsl: part.`)) problems.push('calls itself a part but lies among kernels');
  const kinds = header.map(({ kind }) => kind);
  const needed = isPart ? (['reference'] as const) : KERNEL_SAYS;
  for (const kind of needed) if (!kinds.includes(kind)) problems.push(`the header has no ${kind}`);
  if (!isPart && !kinds.some((kind) => rank(kind) === 1)) problems.push('the header has no in or out');
  for (const kind of isPart ? (['lanes', 'parts'] as const) : (['needs'] as const)) {
    if (kinds.includes(kind)) problems.push(`the header of a ${isPart ? 'part' : 'kernel'} has no place for ${kind}`);
  }
  const early = kinds.find((kind, i) => i > 0 && rank(kind) < rank(kinds[i - 1] ?? kind));
  if (early !== undefined) problems.push(`in the header, ${early} comes too late: ${ORDER.flat().join(', ')}`);
  return problems;
}

function checkNames({ header, bindings }: WgslSource, parts: readonly WgslSource[]): string[] {
  const problems: string[] = [];
  const told: string[] = [];
  for (const { kind, rest } of header.filter((line) => rank(line.kind) === 1)) {
    for (const name of /^\w+(?:, \w+)*/.exec(rest)?.[0].split(', ') ?? []) {
      const own = bindings.find((binding) => binding.name === name);
      if (!own && !isOfParts(name, rest, parts)) problems.push(`the header names ${name}, which nothing binds`);
      if (!own) continue;
      told.push(name);
      const access = own.writable ? 'read_write' : 'read';
      if (own.writable === (kind === 'in')) problems.push(`the header says ${kind} ${name}, which is bound ${access}`);
    }
  }
  const untold = bindings.filter(({ name }) => !told.includes(name)).map(({ name }) => name);
  if (untold.length > 0) problems.push(`the header does not name ${untold.join(', ')}`);
  const sorted = [...bindings].sort((a, b) => a.number - b.number).map(({ name }) => name);
  const expected = sorted.filter((name) => told.includes(name)).join(', ');
  if (told.join(', ') !== expected) problems.push(`the header names ${told.join(', ')}, they are bound as ${expected}`);
  return problems;
}

/** Whether an in or out line gives `name` to a part it names: `weights  part weights_*`, or a part's own binding. */
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
  const told = source.header.filter(({ kind }) => kind === 'const').map(({ rest }) => rest);
  const words = new Set(told.join(' ').match(/\b[A-Z][A-Z0-9_]*\b/g));
  for (const name of source.overrides) {
    if (!words.has(name)) problems.push(`the header's const does not name ${name}`);
    if (!isUsed(source, name)) problems.push(`${name} is an override nothing uses`);
  }
  const families = familiesOf(source);
  const near = source.isPart ? parts : parts.filter((part) => families.includes(family(part.name)));
  const known = new Set([source, ...near].flatMap(({ overrides }) => overrides));
  const unknown = [...words].filter((word) => !known.has(word));
  if (unknown.length > 0) problems.push(`the header's const names ${unknown.join(', ')}, which is no override`);
  return problems;
}

/**
 * Firefox's compiler panics on some arrays sized by an expression of overrides, and takes the browser with it. `compose`
 * writes every override as a constant, so that no compiler meets one; the sizes are held to names and numbers as well.
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
    problems.push(`has ${attributes} bindings, ${bindings.length} of them storage of group 0`);
  }
  for (const { name, writable } of bindings) {
    if (!isUsed(source, name)) problems.push(`${name} is bound but not used`);
    if (writable && !isWritten(source, name)) problems.push(`${name} is read_write but nothing writes it`);
    if (!writable && isWritten(source, name)) problems.push(`${name} is read but something writes it`);
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
    problems.push(`binds ${Math.max(...numbers)}: from ${FIRST_WEIGHT} on a matrix is bound`);
  }
  return problems;
}

function checkEntryPoints({ name, isPart, entryPoints }: WgslSource): string[] {
  if (isPart) return entryPoints.length === 0 ? [] : [`a part has the entry point ${entryPoints.join()}`];
  return entryPoints.join() === name ? [] : [`its entry points are ${entryPoints.join(', ') || 'none'}, not ${name}`];
}

/** `weights` of `weights_q4_0`: the parts that can take each other's place. */
function family(part: string): string {
  return part.replace(/_.*$/, '');
}

/** What a kernel's `parts` line lists. */
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

/** A kernel as a plan asks for it. */
export interface Planned {
  readonly name: string;
  readonly parts: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
}

/** The breaches of the numbers a kernel is given: workgroups too large for a GPU that promises no more than it must. */
export function checkSize({ name, parts, constants }: Planned, sources: readonly WgslSource[]): string[] {
  const chosen = sources.filter((source) => (source.isPart ? parts.includes(source.name) : source.name === name));
  const what = [name, ...Object.entries(constants).map(([key, value]) => `${key}=${value}`)].join(' ');
  const bytes = workgroupBytes(chosen, constants);
  const lanes = constants['LANES'] ?? 0;
  return [
    ...(bytes > MOST_BYTES ? [`${what}: ${bytes} bytes of workgroup memory, at most ${MOST_BYTES}`] : []),
    ...(lanes > MOST_LANES ? [`${what}: ${lanes} lanes, at most ${MOST_LANES}`] : []),
  ];
}

/** Every breach among `sources` and the `plans`' compositions of them, and what no plan uses. */
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
      return kernel ? checkComposition(kernel, names, parts) : [`a plan uses ${name}.wgsl, which is not there`];
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
