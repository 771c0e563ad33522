/** The command line every browser test and benchmark starts Chromium with. */

/**
 * WebGPU runs on SwiftShader, so that every machine computes the same. With KYUTAI_STT_GPU=hardware in the environment
 * it runs on this machine's GPU, on Linux through Vulkan.
 * @param {{ microphone?: string }} [options] `microphone`: absolute path of a WAV the fake microphone plays once.
 * @returns {string[]}
 */
export function chromiumArgs({ microphone } = {}) {
  return [
    '--no-sandbox', // containers and CI run as root, where the sandbox cannot start
    '--disable-background-networking', // the browser's own requests must not blur "no request left the machine"
    '--autoplay-policy=no-user-gesture-required', // an AudioContext starts without a click
    '--enable-unsafe-webgpu',
    ...adapterArgs(process.env.KYUTAI_STT_GPU),
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`]),
  ];
}

/** @param {string | undefined} gpu */
function adapterArgs(gpu = 'software') {
  if (gpu === 'software') return ['--use-webgpu-adapter=swiftshader'];
  if (gpu !== 'hardware') throw new Error(`KYUTAI_STT_GPU is ${gpu}, expected software or hardware`);
  const onLinux = ['--enable-features=Vulkan', '--use-angle=vulkan'];
  return ['--ignore-gpu-blocklist', ...(process.platform === 'linux' ? onLinux : [])];
}
