/** The ONNX model of the benchmark, parsed field by field with the numbers of onnx.proto. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PbfReader } from 'pbf';
import { nBitsModel } from '../../../tools/onnx-model.js';

const [N, K] = [3, 64];
const BLOCKS = K / 32;

const quants = Uint8Array.from({ length: N * BLOCKS * 16 }, (_, i) => i * 7);
const scales = Float32Array.from({ length: N * BLOCKS }, (_, i) => i - 1.5);
const bytes = nBitsModel({ N, K, copies: 2, type: 'f32', accuracyLevel: 4, weights: { quants, scales } });

/** Parses a message to a list of field numbers and values: numbers for varints, bytes for others. */
type Field = readonly [tag: number, value: number | Uint8Array];

function fields(message: Uint8Array): Field[] {
  const pbf = new PbfReader(message);
  const found: Field[] = [];
  pbf.readFields((tag) => found.push([tag, pbf.type === 0 ? pbf.readVarint() : pbf.readBytes()]), undefined);
  return found;
}

const all = (message: Uint8Array, tag: number): (number | Uint8Array)[] =>
  fields(message).flatMap(([found, value]) => (found === tag ? [value] : []));
const messages = (message: Uint8Array, tag: number): Uint8Array[] =>
  all(message, tag).filter((value) => value instanceof Uint8Array);
const texts = (message: Uint8Array, tag: number): string[] =>
  messages(message, tag).map((value) => new TextDecoder().decode(value));

describe('the ONNX model of products', () => {
  const [graph = new Uint8Array()] = messages(bytes, 7);

  it('requires the operator set of MatMulNBits', () => {
    const sets = messages(bytes, 8).map((set) => [texts(set, 1)[0], all(set, 2)[0]]);
    assert.deepEqual(sets, [
      ['', 21],
      ['com.microsoft', 1],
    ]);
  });

  it('has one node per copy, each with its weights and output', () => {
    const nodes = messages(graph, 1);
    assert.deepEqual(
      nodes.map((node) => [texts(node, 4)[0], texts(node, 7)[0], texts(node, 1), texts(node, 2)]),
      [0, 1].map((i) => ['MatMulNBits', 'com.microsoft', ['A', `B${i}`, `scales${i}`], [`Y${i}`]]),
    );
  });

  it('gives each node its shape, block size and accuracy level as integers', () => {
    for (const node of messages(graph, 1)) {
      const attributes = messages(node, 5);
      assert.deepEqual(Object.fromEntries(attributes.map((one) => [texts(one, 1)[0], all(one, 3)[0]])), {
        K,
        N,
        bits: 4,
        block_size: 32,
        accuracy_level: 4,
      });
      assert.ok(attributes.every((one) => all(one, 20)[0] === 2));
    }
  });

  it('omits the accuracy level by default', () => {
    const [plain = new Uint8Array()] = messages(
      nBitsModel({ N, K, copies: 1, type: 'f32', weights: { quants, scales } }),
      7,
    );
    const names = messages(plain, 1).flatMap((node) => messages(node, 5).map((one) => texts(one, 1)[0]));
    assert.deepEqual(names, ['K', 'N', 'bits', 'block_size']);
  });

  it('contains the weights byte for byte, with shapes and types', () => {
    const tensors = messages(graph, 5).map((tensor) => ({
      name: texts(tensor, 8)[0],
      dims: all(tensor, 1),
      type: all(tensor, 2)[0],
      data: messages(tensor, 9)[0],
    }));
    const scaleBytes = new Uint8Array(scales.buffer);
    assert.deepEqual(
      tensors,
      [0, 1].flatMap((i) => [
        { name: `B${i}`, dims: [N, BLOCKS, 16], type: 2, data: quants },
        { name: `scales${i}`, dims: [N, BLOCKS], type: 1, data: scaleBytes },
      ]),
    );
  });

  it('has inputs and outputs in the type of its activations', () => {
    const half = nBitsModel({ N, K, copies: 1, type: 'f16', weights: { quants, scales: new Uint16Array(N * BLOCKS) } });
    const [inside = new Uint8Array()] = messages(half, 7);
    const described = [...messages(inside, 11), ...messages(inside, 12)].map((value) => {
      const [type = new Uint8Array()] = messages(messages(value, 2)[0] ?? new Uint8Array(), 1);
      const shape = messages(messages(type, 2)[0] ?? new Uint8Array(), 1).map((dim) => all(dim, 1)[0]);
      return [texts(value, 1)[0], all(type, 1)[0], shape];
    });
    assert.deepEqual(described, [
      ['A', 10, [1, K]],
      ['Y0', 10, [1, N]],
    ]);
  });
});

describe('onnxruntime-web', () => {
  it('is a development dependency and not imported by src', () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    const users = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => readFileSync(join(root, 'src', file), 'utf8').includes('onnxruntime'));
    assert.deepEqual(users, []);
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    assert.ok(!('onnxruntime-web' in manifest.dependencies));
    assert.match(
      manifest.devDependencies['onnxruntime-web'] ?? '',
      /^\d+\.\d+\.\d+$/,
      'pinned: ratios are of one version',
    );
  });
});
