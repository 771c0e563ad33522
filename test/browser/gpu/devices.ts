/** Every device that is made, for tests that take them away. */
import { intercept } from './intercept.js';

export interface Devices {
  readonly all: readonly GPUDevice[];
  /** Takes the newest device away; false where that has happened. */
  kill(): boolean;
  /** Called with each device as it is made, before its owner has it. */
  onmade: (device: GPUDevice) => void;
  /** Called when a device is asked for. */
  onasked: () => void;
  restore(): void;
}

export function watchDevices(): Devices {
  const all: GPUDevice[] = [];
  let living: GPUDevice | undefined;
  const devices: Devices = {
    all,
    kill: () => {
      const device = living;
      living = undefined;
      device?.destroy();
      return device !== undefined;
    },
    onmade: () => undefined,
    onasked: () => undefined,
    restore: intercept(GPUAdapter.prototype, 'requestDevice', async (request) => {
      devices.onasked();
      const device = (await request()) as GPUDevice;
      all.push(device);
      living = device;
      devices.onmade(device);
      return device;
    }),
  };
  return devices;
}
