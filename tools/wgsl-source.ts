/** Parses a WGSL file for the lint: the lines of its header, and what its code declares, uses and writes. */
import { OVERRIDE } from '../src/gpu/compose.js';

export interface Binding {
  readonly name: string;
  readonly number: number;
  readonly writable: boolean;
}

/** A header line; `rest` follows its label. */
export interface HeaderLine {
  readonly kind:
    'formula' | 'in' | 'out' | 'in/out' | 'const' | 'parts' | 'needs' | 'lanes' | 'why' | 'paper' | 'reference';
  readonly rest: string;
}

export interface WgslSource {
  /** `embed` of `kernels/wgsl/embed.wgsl`. */
  readonly name: string;
  readonly path: string;
  readonly isPart: boolean;
  /** The header's first line, without the slashes. */
  readonly title: string;
  readonly header: readonly HeaderLine[];
  readonly bindings: readonly Binding[];
  readonly overrides: readonly string[];
  /** Default values of overrides, by name, as WGSL. */
  readonly initials: ReadonlyMap<string, string>;
  /** Sizes of arrays, as WGSL. */
  readonly sizes: readonly string[];
  readonly entryPoints: readonly string[];
  /** Code without comments and without the declarations of bindings and overrides. */
  readonly code: string;
  /** Number of `@binding` attributes, including those that are not parsed. */
  readonly attributes: number;
}

const LABELLED = /^ (in\/out|in|out|const|parts|needs|lanes|paper|reference)\s{2,}(.*)$/;
const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:[^;]*;/g;
const ENTRY = /@compute[^{]*?\bfn\s+(\w+)/g;

export function parseWgsl(path: string, text: string): WgslSource {
  const name = path.replace(/^.*\//, '').replace(/\.wgsl$/, '');
  const lines = /^(?:\/\/.*\n)*/.exec(text)?.[0].split('\n').slice(0, -1) ?? [];
  const [title = '', ...rest] = lines.map((line) => line.slice(2));
  const code = text.replace(/\/\/.*$/gm, '');
  const declared = [...code.matchAll(OVERRIDE)];
  return {
    name,
    path,
    isPart: /(^|\/)parts\/[^/]*$/.test(path),
    title: title.trim(),
    header: headerLines(rest),
    bindings: [...code.matchAll(BINDING)].map(([, number, access, binding]) => ({
      name: binding ?? '',
      number: Number(number),
      writable: access === 'read_write',
    })),
    overrides: declared.map(([, override]) => override ?? ''),
    initials: new Map(declared.flatMap(([, name = '', , initial]) => (initial === undefined ? [] : [[name, initial]]))),
    sizes: arraySizes(code),
    entryPoints: [...code.matchAll(ENTRY)].map(([, entry]) => entry ?? ''),
    code: code.replace(BINDING, '').replace(OVERRIDE, ''),
    attributes: [...code.matchAll(/@binding\b/g)].length,
  };
}

/** A line indented by three spaces or more is a formula, or continues the labelled line above it. */
function headerLines(lines: readonly string[]): HeaderLine[] {
  const header: { kind: HeaderLine['kind']; rest: string }[] = [];
  let open: (typeof header)[number] | undefined;
  for (const line of lines) {
    const [, label, rest] = LABELLED.exec(line) ?? [];
    const isFar = line.startsWith('   ');
    if (line.trim() === '') open = undefined;
    else if (label !== undefined) {
      open = { kind: label as HeaderLine['kind'], rest: rest ?? '' };
      header.push(open);
    } else if (isFar && open) open.rest += ` ${line.trim()}`;
    else header.push({ kind: isFar ? 'formula' : 'why', rest: line.trim() });
  }
  return header;
}

/** The size of each `array<…, …>`, including inner arrays: the text after its last comma. */
function arraySizes(code: string): string[] {
  return [...code.matchAll(/\barray\s*</g)].flatMap(({ index, 0: opening }) => {
    const from = index + opening.length;
    let [depth, brackets, comma] = [0, 0, -1];
    for (let at = from; at < code.length; at++) {
      const sign = code[at] ?? '';
      if (sign === '(') brackets++;
      if (sign === ')') brackets--;
      // Inside parentheses < and > compare or shift.
      if (brackets > 0) continue;
      if (sign === '<') depth++;
      if (sign === ',' && depth === 0) comma = at;
      if (sign === '>' && depth-- === 0) return comma < 0 ? [] : [code.slice(comma + 1, at).trim()];
    }
    return [];
  });
}

/** Whether the code mentions `name`, other than as a member `.name`. */
export function isUsed({ code }: WgslSource, name: string): boolean {
  return new RegExp(`(?<![.\\w])${name}\\b`).test(code);
}

/** Whether the code assigns to `name`, its elements or its members, or passes a pointer to it. */
export function isWritten({ code }: WgslSource, name: string): boolean {
  return [...code.matchAll(new RegExp(`(?<![.\\w])${name}\\b`, 'g'))].some(({ index }) => {
    const before = code.slice(0, index).trimEnd();
    if (/[(,=]\s*&$/.test(before)) return true; // a pointer to it
    if (/\b(let|var|const)$/.test(before)) return false; // a declaration of the same name
    return /^\s*([-+*/%&|^]|<<|>>)?=(?!=)|^\s*(\+\+|--)/.test(code.slice(afterPlace(code, index + name.length)));
  });
}

/** Whether a local variable or a parameter hides `name`. */
export function isHidden({ code }: WgslSource, name: string): boolean {
  return new RegExp(`\\b(let|var|const)\\s+${name}\\b|[(,]\\s*${name}\\s*:`).test(code);
}

/** The end of an expression `[…].member[…]` that begins at `from`. */
function afterPlace(code: string, from: number): number {
  let at = from;
  for (;;) {
    const member = /^\s*\.\w+/.exec(code.slice(at))?.[0];
    if (member !== undefined) at += member.length;
    else if (/^\s*\[/.test(code.slice(at))) at = afterBracket(code, code.indexOf('[', at));
    else return at;
  }
}

function afterBracket(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === '[') depth++;
    if (code[at] === ']' && --depth === 0) return at + 1;
  }
  return code.length;
}
