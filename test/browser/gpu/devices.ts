/** Watches the creation of GPU devices, for tests that destroy them. */
import { intercept } from './intercept.js';

export interface Devices {
  readonly all: readonly GPUDevice[];
  /** Destroys the newest device; false if it is already destroyed. */
  kill(): boolean;
  /** Called with each new device, before its owner receives it. */
  onCreated: (device: GPUDevice) => void;
  /** Called when a device is requested. */
  onRequested: () => void;
  restore(): void;
}

export function watchDevices(): Devices {
  const all: GPUDevice[] = [];
  let newest: GPUDevice | undefined;
  const devices: Devices = {
    all,
    kill: () => {
      const device = newest;
      newest = undefined;
      device?.destroy();
      return device !== undefined;
    },
    onCreated: () => undefined,
    onRequested: () => undefined,
    restore: intercept(GPUAdapter.prototype, 'requestDevice', async (request) => {
      devices.onRequested();
      const device = (await request()) as GPUDevice;
      all.push(device);
      newest = device;
      devices.onCreated(device);
      return device;
    }),
  };
  return devices;
}
