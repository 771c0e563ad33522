/** Finds the WebAssembly proposals that a module needs, with Binaryen's validator. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import binaryen from 'assemblyscript/binaryen';

/** Binaryen's names and those of the compatibility data. Features that the data lacks are omitted. */
const PROPOSALS = {
  Atomics: 'threads-and-atomics',
  BulkMemory: 'bulk-memory-operations',
  ExceptionHandling: 'exception-handling',
  ExtendedConst: 'extended-constant-expressions',
  GC: 'garbage-collection',
  Memory64: 'memory64',
  MultiMemory: 'multiMemory',
  Multivalue: 'multi-value',
  NontrappingFPToInt: 'non-trapping-float-to-int-conversions',
  ReferenceTypes: 'reference-types',
  RelaxedSIMD: 'relaxed-SIMD',
  SIMD128: 'fixed-width-SIMD',
  SignExt: 'sign-extension-operations',
  TailCall: 'tail-calls',
};

/** By feature, those that require it: Binaryen rejects a set with one of them and without the feature. */
const BUILT_ON = { ReferenceTypes: ['GC'] };

/**
 * @param {string} file a WebAssembly module
 * @returns {string[]} the features without which it is invalid
 */
export function proposalsOf(file) {
  // In a child process: the validator writes pages of errors to stderr.
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${file} cannot be read: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout);
}

function needed(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  if (!module.validate()) throw new Error('it is invalid with every feature on');
  return Object.entries(PROPOSALS).flatMap(([name, feature]) => {
    const without = [name, ...(BUILT_ON[name] ?? [])].reduce((bits, one) => bits | binaryen.Features[one], 0);
    module.setFeatures(binaryen.Features.All & ~without);
    return module.validate() ? [] : [`webassembly.${feature}`];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(needed(readFileSync(process.argv[2]))));
}
