/** Makes a module that imports plain memory import shared memory instead. Only the import differs, the code is the same. */
import { SttError } from '../errors.js';

const HEADER_BYTES = 8;
const IMPORT_SECTION = 2;
const MEMORY_IMPORT = 2;
/** Flags of a memory's limits: no maximum; shared, with a maximum. */
const PLAIN = 0;
const SHARED = 3;

/** The unsigned LEB128 number at `at`, and the index after it. */
function readNumber(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
}

/** `value` as unsigned LEB128. */
function encodeNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodeNumber(value >>> 7)];
}

/** Returns `bytes` with its only import, a memory, shared with at most `maxPages`. Throws `internal` for other imports. */
export function withSharedMemory(bytes: Uint8Array, maxPages: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES;
  let body = readNumber(bytes, at + 1);
  while (bytes[at] !== IMPORT_SECTION && at < bytes.length) {
    at = body.end + body.value;
    body = readNumber(bytes, at + 1);
  }
  const end = body.end + body.value;
  const count = readNumber(bytes, body.end);
  const module = readNumber(bytes, count.end);
  const name = readNumber(bytes, module.end + module.value);
  const kind = name.end + name.value;
  if (count.value !== 1 || bytes[kind] !== MEMORY_IMPORT || bytes[kind + 1] !== PLAIN)
    throw new SttError(
      'internal',
      `kernels: the import section ends with ${String(bytes.slice(kind, end))}, expected a memory`,
    );
  const imports = [...bytes.subarray(body.end, end), ...encodeNumber(maxPages)];
  imports[kind + 1 - body.end] = SHARED;
  return Uint8Array.from([
    ...bytes.subarray(0, at),
    IMPORT_SECTION,
    ...encodeNumber(imports.length),
    ...imports,
    ...bytes.subarray(end),
  ]);
}
