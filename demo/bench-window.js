/** How many frames a model looks back on: it is written at the front of its file. */

/** The metadata of a GGUF comes first; all of ours is in the first few kilobytes. */
const HEAD_BYTES = 65_536;
const KEYS = ['kyutai-stt.config.context', 'stt.context_length'];
const GGUF_U32 = 4;

/** Frames, or undefined where the file does not say or may not be read by this page. */
export async function windowOf(url) {
  try {
    const isFile = /\.gguf$/i.test(url.pathname);
    if (isFile) return contextOf(await headOf(url));
    const folder = url.href.endsWith('/') ? url : `${url.href}/`;
    const config = await (await fetch(new URL('config.json', folder))).json();
    return config.context;
  } catch (error) {
    console.warn(`The window of ${url.href} could not be read: ${error.message}`);
    return undefined;
  }
}

/** A server may send the whole file all the same: the rest is not waited for. */
async function headOf(url) {
  const response = await fetch(url, { headers: { Range: `bytes=0-${HEAD_BYTES - 1}` } });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const head = new Uint8Array(HEAD_BYTES);
  const reader = response.body.getReader();
  let length = 0;
  while (length < HEAD_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, HEAD_BYTES - length);
    head.set(part, length);
    length += part.length;
  }
  await reader.cancel();
  return head.subarray(0, length);
}

/** A value follows its key: the number of its type, then the value, little-endian. */
function contextOf(head) {
  const text = new TextDecoder('latin1').decode(head);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const key of KEYS) {
    const at = text.indexOf(key);
    const value = at + key.length + 4;
    if (at >= 0 && value + 4 <= view.byteLength && view.getUint32(value - 4, true) === GGUF_U32)
      return view.getUint32(value, true);
  }
  return undefined;
}
