// softmax.ts: probabilities; the greedy choice and its probability.
//
//   softmax  y[i] = e^(x[i] − max) / Σ e^(x − max), row by row, in place
//   argmax   token = first i of max x;  probability = 1 / Σ e^(x − max)
//
// in/out  x    [rows, n]  f32
// out     out  u32 token, f32 probability, 8 bytes; token 2³² − 1 if no x is finite
//
// reference  kernels/reference/softmax.ts     test  test/unit/kernels/softmax.test.ts

export function softmax(x: usize, rows: u32, n: u32): void {
  for (let r: u32 = 0; r < rows; r++, x += (<usize>n) << 2) {
    let peak: f32 = f32.load(x);
    for (let i: u32 = 1; i < n; i++) peak = max<f32>(peak, f32.load(x + ((<usize>i) << 2)));
    let sum: f32 = 0;
    for (let i: u32 = 0; i < n; i++) {
      const at = x + ((<usize>i) << 2);
      const e = <f32>Math.exp(<f64>(f32.load(at) - peak));
      f32.store(at, e);
      sum += e;
    }
    for (let i: u32 = 0; i < n; i++) {
      const at = x + ((<usize>i) << 2);
      f32.store(at, f32.load(at) / sum);
    }
  }
}

export function argmax(x: usize, n: u32, out: usize): void {
  let token: u32 = u32.MAX_VALUE;
  let peak: f32 = -f32.MAX_VALUE;
  for (let i: u32 = 0; i < n; i++) {
    const v = f32.load(x + ((<usize>i) << 2));
    if (v > peak && v <= f32.MAX_VALUE) {
      peak = v;
      token = i;
    }
  }
  let sum: f32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += Mathf.exp(f32.load(x + ((<usize>i) << 2)) - peak);
  store<u32>(out, token);
  f32.store(out, 1 / sum, 4);
}
