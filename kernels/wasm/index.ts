// index.ts: everything the host can call. A frame is one call of `run`; tests also call the kernels one by one.
//
// Pointers are byte offsets into the imported memory, which src/wasm/arena.ts manages. No kernel allocates,
// keeps a global or grows memory. Sizes count elements, strides bytes.
export * from './kernels';
export { pack_q4_0, pack_q8_0 } from './pack';
export { run } from '../../build/run';
export { rvq_sketch } from './rvq-sketch';

// Inner loops, exported only so that the compiler keeps them functions: inlined into a loop of their caller, V8 has too
// few registers for them and half the speed.
export { columns16, columns16x2, keys4, keys4x2 } from './attention';
export { tile4x8, tile6x8 } from './conv';
export { tile1x16, tile2x16 } from './gemm';
export { scan4 } from './rvq';
