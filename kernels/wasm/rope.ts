// rope.ts: rotary position embedding of queries or keys, in place.
//
//   x'[2i]   = x[2i]·cos θᵢ − x[2i+1]·sin θᵢ
//   x'[2i+1] = x[2i]·sin θᵢ + x[2i+1]·cos θᵢ         θᵢ = t · P^(−2i/D)
//
// in/out  x         [rows, H, D]    f32   row r starts at x + r·stride bytes
// in      rotation  [rows, D/2, 2]  f32   (cos θᵢ, sin θᵢ) of each row's position, from src/wasm/rotation.ts
//
// Neighbours rotate, (0,1), (2,3)…, not halves: the other layout also runs, and gives fluent nonsense.
// The host computes the angles in f64 because t grows as long as the stream runs.
//
// paper      RoFormer, arXiv:2104.09864
// reference  kernels/reference/rope.ts     test  test/unit/kernels/rope.test.ts

export function rope(x: usize, stride: u32, rotation: usize, rows: u32, H: u32, D: u32): void {
  const pairBytes = (<usize>D) << 2; // D/2 pairs of 8 bytes
  for (let r: u32 = 0; r < rows; r++, x += stride, rotation += pairBytes) {
    let head = x;
    for (let h: u32 = 0; h < H; h++, head += pairBytes) {
      for (let i: usize = 0; i < pairBytes; i += 8) {
        const cos = f32.load(rotation + i);
        const sin = f32.load(rotation + i, 4);
        const even = f32.load(head + i);
        const odd = f32.load(head + i, 4);
        f32.store(head + i, even * cos - odd * sin);
        f32.store(head + i, even * sin + odd * cos, 4);
      }
    }
  }
}
