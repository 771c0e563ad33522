// run.ts: replays a plan: a list of kernel calls laid out in memory when the model was loaded.
//
//   plan  u32 words: opcode, arguments…, opcode, arguments…      f32 arguments as their bits
//
// One call from the host runs a whole frame. The opcodes are those of src/wasm/ops.ts; a test compares the two.
//
// test  test/unit/wasm/plan.test.ts
import { attention, kv_append } from './attention';
import { conv } from './conv';
import { conv_strided } from './conv-strided';
import { conv_three } from './conv-three';
import { elu } from './elu';
import { embed_bf16, embed_f16, embed_f32, embed_q4_0, embed_q8_0 } from './embed';
import { gelu } from './gelu';
import { gemm } from './gemm';
import { matvec_bf16, matvec_f16 } from './matvec-half';
import { matvec_q4_0 } from './matvec-q4_0';
import { matvec_q8_0 } from './matvec-q8_0';
import { clear, copy, repeat } from './move';
import { layer_norm, rms_norm } from './norm';
import { quantize } from './quantize';
import { ring_append, ring_attention } from './ring';
import { rope } from './rope';
import { rvq_choose, rvq_scores } from './rvq';
import { argmax, softmax } from './softmax';
import { swiglu } from './swiglu';

/** Argument i of the op at pc, from 1. */
// @ts-ignore: decorator
@inline
function a(pc: usize, i: usize): u32 {
  return load<u32>(pc + (i << 2));
}

// @ts-ignore: decorator
@inline
function f(pc: usize, i: usize): f32 {
  return f32.load(pc + (i << 2));
}

// prettier-ignore
export function run(pc: usize, end: usize): void {
  while (pc < end) {
    switch (load<u32>(pc)) {
      case 0: gemm(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10), a(pc,11)); pc += 48; break;
      case 1: elu(a(pc,1), a(pc,2), a(pc,3)); pc += 16; break;
      case 2: gelu(a(pc,1), a(pc,2)); pc += 12; break;
      case 3: swiglu(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7)); pc += 32; break;
      case 4: layer_norm(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), f(pc,7)); pc += 32; break;
      case 5: rms_norm(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), f(pc,6)); pc += 28; break;
      case 6: rope(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 7: kv_append(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8)); pc += 36; break;
      case 8: attention(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10), a(pc,11), a(pc,12), a(pc,13)); pc += 56; break;
      case 9: quantize(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5)); pc += 24; break;
      case 10: matvec_q4_0(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10)); pc += 44; break;
      case 11: matvec_q8_0(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9)); pc += 40; break;
      case 12: matvec_f16(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 13: matvec_bf16(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 14: embed_f32(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 15: embed_f16(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 16: embed_bf16(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 17: embed_q8_0(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 18: embed_q4_0(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6)); pc += 28; break;
      case 19: rvq_scores(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7)); pc += 32; break;
      case 20: rvq_choose(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8)); pc += 36; break;
      case 21: softmax(a(pc,1), a(pc,2), a(pc,3)); pc += 16; break;
      case 22: argmax(a(pc,1), a(pc,2), a(pc,3)); pc += 16; break;
      case 23: copy(a(pc,1), a(pc,2), a(pc,3)); pc += 16; break;
      case 24: clear(a(pc,1), a(pc,2)); pc += 12; break;
      case 25: repeat(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5)); pc += 24; break;
      case 26: conv(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10), a(pc,11)); pc += 48; break;
      case 27: ring_append(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10)); pc += 44; break;
      case 28: ring_attention(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10), a(pc,11), a(pc,12), a(pc,13), a(pc,14)); pc += 60; break;
      case 29: conv_strided(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10)); pc += 44; break;
      case 30: conv_three(a(pc,1), a(pc,2), a(pc,3), a(pc,4), a(pc,5), a(pc,6), a(pc,7), a(pc,8), a(pc,9), a(pc,10)); pc += 44; break;
      default: unreachable();
    }
  }
}
