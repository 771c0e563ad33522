/** Fetches a golden, a safetensors file of f32 and i32 arrays, without the code under test. */
export async function fetchGolden(url: string): Promise<(name: string) => Float32Array | Int32Array> {
  const bytes = await (await fetch(url)).arrayBuffer();
  const headerBytes = Number(new DataView(bytes).getBigUint64(0, true));
  const text = new TextDecoder().decode(new Uint8Array(bytes, 8, headerBytes));
  const header = JSON.parse(text) as Record<string, { dtype: string; data_offsets: [number, number] }>;
  return (name) => {
    const entry = header[name];
    if (!entry) throw new Error(`${url} has no ${name}`);
    const data = bytes.slice(8 + headerBytes + entry.data_offsets[0], 8 + headerBytes + entry.data_offsets[1]);
    return entry.dtype === 'F32' ? new Float32Array(data) : new Int32Array(data);
  };
}
