/** Finds tensors by official name in files that use other names for them. */
import { SttError } from '../errors.js';
import { lazyTensor, type LazyTensor, type TensorFile } from './tensor-file.js';
import type { Shapes } from './expected-shapes.js';
import type { ShapeOf } from './shape-checks.js';
import { foldedWeight } from './weight-norm.js';

/** Finds a tensor by its official name; undefined if the file has none. */
export type Lookup = (name: string) => LazyTensor | undefined;

/** Finds language model tensors; the attention projections may have their published or their newer names. */
export function lmLookup(file: TensorFile): Lookup {
  return (name) => {
    const stored = file.get(name) ?? file.get(newerName(name));
    return stored === undefined ? undefined : lazyTensor(stored, name);
  };
}

/** Finds codec tensors by official name after `prefix` ('' in safetensors, 'mimi.' in our GGUFs), and folds weight norm. */
export function mimiLookup(file: TensorFile, prefix: string): Lookup {
  return (name) => {
    const stored = file.get(prefix + name);
    return stored === undefined ? foldedWeight(file, prefix + name) : lazyTensor(stored, name);
  };
}

export function shapesOf(lookup: Lookup): ShapeOf {
  return (name) => lookup(name)?.info.shape;
}

/**
 * Collects every tensor of `shapes`, renamed to `prefix` + name, with exactly the expected shape.
 * Throws `model-invalid` for a missing tensor and `model-mismatch` for a wrong shape.
 * @param file for the message about a missing tensor
 */
export function collect(lookup: Lookup, shapes: Shapes, prefix: string, file: string): Map<string, LazyTensor> {
  const found = new Map<string, LazyTensor>();
  for (const [name, shape] of shapes) {
    const tensor = lookup(name);
    if (tensor === undefined) {
      throw new SttError('model-invalid', `${file}: tensor ${name} is missing, expected [${shape.join(', ')}]`);
    }
    if (!sameShape(tensor.info.shape, shape)) {
      const { info } = tensor;
      throw new SttError(
        'model-mismatch',
        `${info.file}: tensor ${name} is [${info.shape.join(', ')}], expected [${shape.join(', ')}]`,
      );
    }
    found.set(prefix + name, { info: { ...tensor.info, name: prefix + name, shape }, read: tensor.read });
  }
  return found;
}

/** Ignores dimensions of 1 around a vector: norms are stored as [1, 1, M]. */
function sameShape(found: readonly number[], expected: readonly number[]): boolean {
  const bare = expected.length === 1 && found.length > 1 ? found.filter((n) => n !== 1) : found;
  return bare.length === expected.length && bare.every((n, i) => n === expected[i]);
}

function newerName(name: string): string {
  return name.replace('.in_proj_weight', '.in_projs.0.weight').replace('.out_proj.weight', '.out_projs.0.weight');
}
