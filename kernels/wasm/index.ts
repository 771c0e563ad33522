// index.ts: everything the host can call. The kernels one by one serve the tests; a frame is one call of `run`.
//
// Pointers are byte offsets into the imported memory, which src/wasm/arena.ts lays out. No kernel allocates,
// keeps a global or grows memory. Sizes count elements, strides bytes.
export { attention, kv_append } from './attention';
export { conv } from './conv';
export { conv_strided } from './conv-strided';
export { conv_three } from './conv-three';
export { elu } from './elu';
export { embed_bf16, embed_f16, embed_f32, embed_q4_0, embed_q8_0 } from './embed';
export { gelu } from './gelu';
export { gemm } from './gemm';
export { matvec_bf16, matvec_f16 } from './matvec-half';
export { matvec_q4_0 } from './matvec-q4_0';
export { matvec_q8_0 } from './matvec-q8_0';
export { clear, copy, repeat } from './move';
export { layer_norm, rms_norm } from './norm';
export { pack_q4_0, pack_q8_0 } from './pack';
export { quantize } from './quantize';
export { ring_append, ring_attention } from './ring';
export { rope } from './rope';
export { run } from './run';
export { rvq_choose, rvq_scores } from './rvq';
export { rvq_sketch } from './rvq-sketch';
export { argmax, softmax } from './softmax';
export { swiglu } from './swiglu';

// Inner loops, exported only so that the compiler keeps them functions: inlined into a loop of their caller, V8 has too
// few registers for them and half the speed.
export { columns16, columns16x2, keys4, keys4x2 } from './attention';
export { tile4x8, tile6x8 } from './conv';
export { tile1x16, tile2x16 } from './gemm';
export { scan4 } from './rvq';
