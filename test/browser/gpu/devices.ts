/** Every device that is made, for tests that take them away. */

export interface Devices {
  readonly all: readonly GPUDevice[];
  /** Takes the newest device away, unless that has happened. */
  kill(): boolean;
  /** Called with each device as it is made, before its owner has it. */
  onmade: (device: GPUDevice) => void;
  /** Called when a device is asked for. */
  onasked: () => void;
  restore(): void;
}

export function watchDevices(): Devices {
  const all: GPUDevice[] = [];
  const killed = new WeakSet<GPUDevice>();
  const { requestDevice } = GPUAdapter.prototype;
  const devices: Devices = {
    all,
    kill: () => {
      const newest = all.at(-1);
      if (!newest || killed.has(newest)) return false;
      killed.add(newest);
      newest.destroy();
      return true;
    },
    onmade: () => undefined,
    onasked: () => undefined,
    restore: () => {
      GPUAdapter.prototype.requestDevice = requestDevice;
    },
  };
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    devices.onasked();
    const device = await requestDevice.call(this, descriptor);
    all.push(device);
    devices.onmade(device);
    return device;
  };
  return devices;
}
