/** Reads the length of a model's window, in frames, from the beginning of its file. */

/** A GGUF begins with its metadata; ours is in the first few kilobytes. */
const HEAD_BYTES = 65_536;
const KEYS = ['kyutai-stt.config.context', 'stt.context_length'];
const GGUF_U32 = 4;

/** Frames; undefined if the file does not state them or the page cannot read it. */
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

/** Stops reading after the head, because a server may ignore the range. */
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
