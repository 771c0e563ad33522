/** Counts a worker's GPU allocations and reports them to pages on request. Imported before the worker's script. */
const { BroadcastChannel, GPUAdapter, GPUBuffer, GPUDevice } = globalThis;

const devices = new Map();
/** Number of calls so far, by name, of methods that create objects on a GPU. */
const made = {};

after(GPUAdapter.prototype, 'requestDevice', async (answer) => {
  const device = await answer;
  const held = new Map();
  devices.set(device, held);
  device.lost.then(() => devices.delete(device));
  return device;
});
after(GPUDevice.prototype, 'createBuffer', (buffer, device) => {
  devices.get(device)?.set(buffer, buffer.size);
  return buffer;
});
after(GPUBuffer.prototype, 'destroy', (_, buffer) => {
  for (const held of devices.values()) held.delete(buffer);
});
for (const name of Object.getOwnPropertyNames(GPUDevice.prototype)) {
  if (/^create(?!CommandEncoder|Buffer)/.test(name)) after(GPUDevice.prototype, name, (object) => object);
}

/** Counts the calls of `owner[name]`, and passes what each returned, and `this`, to `note`. */
function after(owner, name, note) {
  const original = owner[name];
  owner[name] = function (...args) {
    made[name] = (made[name] ?? 0) + 1;
    return note(original.apply(this, args), this);
  };
}

const books = new BroadcastChannel('gpu-ledger');
books.onmessage = ({ data }) => {
  if (data !== 'ask') return;
  const sizes = [...devices.values()].flatMap((held) => [...held.values()]);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  books.postMessage({ devices: devices.size, buffers: sizes.length, bytes, made });
};

/** An engine is kept for a minute after its last user; here, for a second. */
const { setTimeout: wait } = globalThis;
globalThis.setTimeout = (work, ms, ...args) => wait(work, ms === 60_000 ? 1_000 : ms, ...args);
