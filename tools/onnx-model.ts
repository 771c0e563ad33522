/** Writes an ONNX model of MatMulNBits nodes only: products of one vector with copies of one quantised matrix. */
import { PbfWriter } from 'pbf';
import { Q4_0_BLOCK } from '../kernels/reference/q4_0.js';
import type { NBitsWeights } from './onnx-q4.js';

export interface NBitsModel {
  readonly N: number;
  readonly K: number;
  /** Number of nodes, each with a copy of the weights and a separate output, so that a run reads as much memory as a model. */
  readonly copies: number;
  /** Of the activations, the scales and the outputs. */
  readonly type: 'f32' | 'f16';
  /** The arithmetic allowed to ONNX Runtime: 4 is int8. Undefined leaves it to the runtime. */
  readonly accuracyLevel?: number | undefined;
  readonly weights: NBitsWeights;
}

/** The input [1, K]. */
export const INPUT = 'A';
/** The output [1, N] of copy `i`. */
export const outputName = (i: number): string => `Y${i}`;

/** Numbers of onnx.proto. */
const IR_VERSION = 10;
const OPSETS = { '': 21, 'com.microsoft': 1 } as const;
const ELEMENT_TYPES = { f32: 1, u8: 2, f16: 10 } as const;
const ATTRIBUTE_INT = 2;

type ElementType = keyof typeof ELEMENT_TYPES;

/** The bytes of a model.onnx. */
export function nBitsModel(model: NBitsModel): Uint8Array<ArrayBuffer> {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, IR_VERSION);
  for (const [domain, version] of Object.entries(OPSETS)) {
    pbf.writeMessage(8, writeOpset, { domain, version });
  }
  pbf.writeMessage(7, writeGraph, model);
  // A copy of the exact length: the writer's buffer grows by doubling.
  return new Uint8Array(pbf.finish());
}

function writeOpset({ domain, version }: { domain: string; version: number }, pbf: PbfWriter): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

function writeGraph(model: NBitsModel, pbf: PbfWriter): void {
  const { N, K, copies, type, weights } = model;
  const blocks = K / Q4_0_BLOCK;
  const each = Array.from({ length: copies }, (_, i) => i);
  for (const i of each) pbf.writeMessage(1, writeNode, { model, i });
  pbf.writeStringField(2, 'products');
  for (const i of each) {
    pbf.writeMessage(5, writeTensor, { name: `B${i}`, type: 'u8', dims: [N, blocks, 16], data: weights.quants });
    pbf.writeMessage(5, writeTensor, { name: `scales${i}`, type, dims: [N, blocks], data: weights.scales });
  }
  pbf.writeMessage(11, writeValue, { name: INPUT, type, dims: [1, K] });
  for (const i of each) pbf.writeMessage(12, writeValue, { name: outputName(i), type, dims: [1, N] });
}

function writeNode({ model, i }: { model: NBitsModel; i: number }, pbf: PbfWriter): void {
  for (const name of [INPUT, `B${i}`, `scales${i}`]) pbf.writeStringField(1, name);
  pbf.writeStringField(2, outputName(i));
  pbf.writeStringField(3, `product ${i}`);
  pbf.writeStringField(4, 'MatMulNBits');
  const { N, K, accuracyLevel } = model;
  const attributes = { K, N, bits: 4, block_size: Q4_0_BLOCK, accuracy_level: accuracyLevel };
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) pbf.writeMessage(5, writeAttribute, { name, value });
  }
  pbf.writeStringField(7, 'com.microsoft');
}

function writeAttribute({ name, value }: { name: string; value: number }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeVarintField(3, value);
  pbf.writeVarintField(20, ATTRIBUTE_INT);
}

interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
}

function writeTensor({ name, type, dims, data }: Value & { data: ArrayBufferView }, pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, ELEMENT_TYPES[type]);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue({ name, type, dims }: Value, pbf: PbfWriter): void {
  const writeDimension = (dim: number, to: PbfWriter): void => to.writeVarintField(1, dim);
  const writeShape = (_: unknown, to: PbfWriter): void => {
    for (const dim of dims) to.writeMessage(1, writeDimension, dim);
  };
  const writeTensorType = (_: unknown, to: PbfWriter): void => {
    to.writeVarintField(1, ELEMENT_TYPES[type]);
    to.writeMessage(2, writeShape, undefined);
  };
  const writeType = (_: unknown, to: PbfWriter): void => to.writeMessage(1, writeTensorType, undefined);
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeType, undefined);
}
