/** The command line every browser test and benchmark starts Chromium with. */

/**
 * @param {{ microphone?: string }} [options] `microphone`: absolute path of a WAV the fake microphone plays once.
 * @returns {string[]}
 */
export function chromiumArgs({ microphone } = {}) {
  return [
    '--no-sandbox', // containers and CI run as root, where the sandbox cannot start
    '--disable-background-networking', // the browser's own requests must not blur "no request left the machine"
    '--autoplay-policy=no-user-gesture-required', // an AudioContext starts without a click
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`]),
  ];
}
