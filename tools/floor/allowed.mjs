/**
 * Features that the package uses although some of the oldest browsers lack them, with reasons. `npm run check` rejects an
 * entry that is not needed any more, or whose check has been removed from the code.
 *
 * @typedef {object} Allowance
 * @property {string | string[]} feature a path in MDN's compatibility data; `*` at the end matches every path with that beginning
 * @property {string | string[]} in a file, or a folder with `/` at its end
 * @property {{ in: string, text: string }} [guard] the code that checks for the feature; omitted if nothing breaks
 *   without it
 * @property {string} why what happens without it
 */

const GPU_CHECK = { in: 'src/gpu/adapter.ts', text: 'if (!gpu) throw new SttError' };
const SHARED_WORKER_CHECK = { in: 'src/client/connect.ts', text: "typeof SharedWorker === 'undefined'" };

/** @type {readonly Allowance[]} */
export const ALLOWED = [
  {
    feature: ['api.GPU*', 'api.WorkerNavigator.gpu'],
    in: ['src/gpu/', 'src/lm/webgpu/'],
    guard: GPU_CHECK,
    why: 'The language model runs on the CPU instead.',
  },
  {
    feature: 'webassembly.relaxed-SIMD',
    in: 'build/kernels.relaxed.wasm',
    guard: { in: 'src/wasm/builds.ts', text: 'WebAssembly.validate(builds[build])' },
    why: 'The build with plain SIMD is used, which is slower.',
  },
  {
    feature: ['api.SharedWorker', 'api.SharedWorker.*'],
    in: 'src/client/',
    guard: SHARED_WORKER_CHECK,
    why: 'Each page has an engine in a dedicated worker. Safari ignores `name`: the script, the same, is enough to share it.',
  },
  {
    feature: 'api.trustedTypes',
    in: 'src/client/script-url.ts',
    guard: { in: 'src/client/script-url.ts', text: 'trustedTypes?.createPolicy' },
    why: 'Without trusted types a worker starts from a string.',
  },
  {
    feature: 'api.WorkerNavigator.deviceMemory',
    in: 'src/worker/model-queries.ts',
    guard: { in: 'src/worker/model-queries.ts', text: 'readonly deviceMemory?: number' },
    why: 'The availability of a model is then reported without the machine’s memory.',
  },
  {
    feature: 'api.Worker.worker_support',
    in: 'src/worker/threads.ts',
    guard: { in: 'src/worker/threads.ts', text: "!('DedicatedWorkerGlobalScope' in globalThis)" },
    why: 'Missing in shared workers only, where no threads are started.',
  },
  {
    feature: 'api.HTMLMediaElement.srcObject',
    in: 'src/audio/sources/element-capture.ts',
    guard: { in: 'src/audio/sources/element-capture.ts', text: "'getAudioTracks' in srcObject" },
    why: 'What some browsers lack is another kind of source than a MediaStream.',
  },
  {
    feature: 'api.HTMLMediaElement.captureStream',
    in: 'src/audio/sources/element-capture.ts',
    guard: {
      in: 'src/audio/sources/element-capture.ts',
      text: "typeof (element as Partial<Capturable>).captureStream === 'function'",
    },
    why: 'The element is rerouted through the page’s AudioContext.',
  },
  {
    feature: 'api.AudioContext.AudioContext.options_latencyHint_parameter',
    in: 'src/audio/sources/shared-context.ts',
    why: 'A hint: Firefox chooses its own latency.',
  },
  {
    feature: 'api.AudioContext.setSinkId',
    in: 'src/audio/sources/shared-context.ts',
    guard: { in: 'src/audio/sources/shared-context.ts', text: 'if (!canDropOutput(context)) throw' },
    why: 'Without a loudspeaker a source is refused with `audio-output`.',
  },
  {
    feature: 'api.AudioContext.setSinkId',
    in: 'src/audio/sources/context-clock.ts',
    guard: { in: 'src/audio/sources/context-clock.ts', text: 'canDropOutput(context)' },
    why: 'Elsewhere a context whose clock stands still is only suspended and resumed, then refused with `audio-output`.',
  },
  {
    feature: 'api.AudioContext.error_event',
    in: 'src/audio/sources/shared-context.ts',
    why: 'A loudspeaker that does not open is noticed by time instead.',
  },
  {
    feature: 'api.Navigator.getAutoplayPolicy',
    in: 'src/audio/sources/shared-context.ts',
    guard: { in: 'src/audio/sources/shared-context.ts', text: 'getAutoplayPolicy?.(context)' },
    why: 'Elsewhere a click of the visitor indicates it.',
  },
  {
    feature: 'api.HTMLMediaElement.volume',
    in: 'src/audio/sources/rerouted-element.ts',
    why: 'Always 1 on an iPhone, where the buttons of the phone set it.',
  },
  {
    feature: 'api.MediaDevices.devicechange_event',
    in: ['src/audio/sources/microphone.ts', 'src/element/views/microphone-menu.ts'],
    why: 'A microphone that is unplugged is noticed by its track, which ends.',
  },
  {
    feature: 'api.MediaStreamTrack.muted',
    in: 'src/audio/sources/microphone.ts',
    why: 'Firefox does not see that the system mutes a microphone; its silence is reported after two seconds.',
  },
  {
    feature: ['api.MediaDevices.getDisplayMedia', 'api.MediaDevices.getDisplayMedia.*'],
    in: 'src/audio/sources/tab.ts',
    guard: { in: 'src/audio/sources/tab.ts', text: "!('getDisplayMedia' in devices)" },
    why: '`start("tab")` is refused with `unsupported`; an option that a browser does not know changes nothing.',
  },
  {
    feature: 'api.Selection.getComposedRanges',
    in: 'src/element/dictation/selection.ts',
    guard: { in: 'src/element/dictation/selection.ts', text: 'getComposedRanges?.(' },
    why: 'Before they had it Chromium exposed a selection in a shadow root through the root, Firefox through the document.',
  },
  {
    feature: 'api.ShadowRoot.getSelection',
    in: 'src/element/dictation/selection.ts',
    guard: { in: 'src/element/dictation/selection.ts', text: 'root.getSelection?.()' },
    why: 'Everywhere but in Chromium the document’s selection does.',
  },
  {
    feature: ['api.InputEvent.isComposing', 'api.KeyboardEvent.isComposing'],
    in: 'src/element/dictation/dictation.ts',
    guard: { in: 'src/element/dictation/dictation.ts', text: 'keyCode === COMPOSITION_KEY_CODE' },
    why: 'Safari clears it for the last events of a composition, when the caret may be moved again; the key is known by its code.',
  },
  {
    feature: 'api.KeyboardEvent.isComposing',
    in: 'src/element/hands-free/hotkey-controller.ts',
    guard: { in: 'src/element/hands-free/hotkey-controller.ts', text: 'keyCode === COMPOSITION_KEY_CODE' },
    why: 'Safari clears it for the key that ends a composition; the key is known by its code.',
  },
  {
    feature: 'api.KeyboardEvent.isComposing',
    in: 'src/element/editing/transcript-editor-controller.ts',
    guard: { in: 'src/element/editing/transcript-editor-controller.ts', text: 'keyCode === COMPOSITION_KEY_CODE' },
    why: 'Safari clears it for the key that ends a composition; the key is known by its code.',
  },
  {
    feature: 'api.KeyboardEvent.code',
    in: 'src/element/hands-free/',
    why: 'The on-screen keyboards of phones report none, and have no modifiers for a shortcut either.',
  },
  {
    feature: 'api.InputEvent.isComposing',
    in: 'node_modules/tinykeys/dist/tinykeys.mjs',
    why: 'In a function that is not used: compositions are tested for in hotkey-controller.ts.',
  },
  {
    feature: ['api.Navigator.wakeLock', 'api.WakeLock.request', 'api.WakeLockSentinel.*'],
    in: 'src/element/hands-free/wake-lock-controller.ts',
    guard: { in: 'src/element/hands-free/wake-lock-controller.ts', text: 'if (!locks) return;' },
    why: 'The element listens all the same, and the screen turns off as the system says.',
  },
  {
    feature: 'api.FontFaceSet.loadingdone_event',
    in: 'src/element/words/roll-up.ts',
    guard: { in: 'src/element/words/roll-up.ts', text: 'void ready.then(' },
    why: 'In Safari it never fires: `document.fonts.ready` is awaited, too.',
  },
  {
    feature: 'api.Window.requestIdleCallback',
    in: 'src/element/controllers/preflight.ts',
    guard: { in: 'src/element/controllers/preflight.ts', text: "typeof requestIdleCallback === 'function'" },
    why: 'A timeout takes its place.',
  },
  {
    feature: 'html.elements.microphone',
    in: 'src/element/views/permission.ts',
    guard: { in: 'src/element/views/permission.ts', text: "'HTMLMicrophoneElement' in globalThis" },
    why: 'The remedy is then in words only, without the browser’s own button.',
  },
  {
    feature: 'api.Document.featurePolicy',
    in: 'src/audio/sources/microphone-policy.ts',
    guard: { in: 'src/audio/sources/microphone-policy.ts', text: 'featurePolicy?.' },
    why: 'Whether a frame may use the microphone is then guessed from its list of devices.',
  },
  {
    feature: 'api.HTMLElement.focus.options_preventScroll_parameter',
    in: ['src/element/views/words-view.ts', 'src/element/editing/'],
    why: 'A phone may scroll to the requested transcript, or to the field in it.',
  },
  {
    feature: 'api.CustomElementRegistry.get',
    in: 'src/index.ts',
    why: 'Safari lacks customised built-in elements, which are not used.',
  },
  {
    feature: ['css.properties.cursor.pointer', 'css.properties.cursor.default'],
    in: ['src/element/', 'demo/'],
    why: 'An iPhone has no cursor.',
  },
  {
    feature: 'css.properties.accent-color',
    in: ['src/element/views/controls.ts', 'demo/bench.css', 'site/playground.css'],
    why: 'The mark in a tick box may have less contrast in Safari before 26.2; its state differs by more than colour.',
  },
  {
    feature: 'css.properties.forced-color-adjust*',
    in: 'src/element/views/controls.ts',
    why: 'Within `@media (forced-colors: active)`, which Safari does not have either.',
  },
  {
    feature: 'css.properties.overflow-anchor',
    in: 'src/element/words/follow.ts',
    why: 'Safari before 27 anchors no scroll position, so there is nothing to switch off.',
  },
  {
    feature: 'css.properties.overscroll-behavior',
    in: 'src/element/views/captions.ts',
    why: 'Older browsers let the page scroll on while the transcript is too short to scroll itself.',
  },
  {
    feature: ['css.properties.scrollbar-gutter*', 'css.properties.scrollbar-width*'],
    in: 'src/element/views/captions.ts',
    why: 'The scroll bar is as wide as usual, and its first appearance narrows the lines.',
  },
  {
    feature: 'css.properties.content-visibility*',
    in: 'src/element/views/captions.ts',
    why: 'Every paragraph is laid out, which costs time in an hour’s transcript.',
  },

  // Dependencies: Lit, and the reader of GGUF files.
  {
    feature: ['api.trustedTypes', 'api.TrustedTypePolicyFactory.*', 'api.TrustedTypePolicy.createHTML'],
    in: ['node_modules/lit-html/lit-html.js', 'node_modules/@lit/reactive-element/reactive-element.js'],
    guard: { in: 'node_modules/lit-html/lit-html.js', text: '.trustedTypes' },
    why: 'Lit makes a policy where the browser has them.',
  },
  {
    feature: 'javascript.builtins.ArrayBuffer.*',
    in: 'node_modules/@huggingface/gguf/dist/browser/index.mjs',
    guard: { in: 'node_modules/@huggingface/gguf/dist/browser/index.mjs', text: 'if (ArrayBuffer.prototype.resize)' },
    why: 'The buffer is copied as it grows.',
  },

  // Untyped names of our scripts that newer browser interfaces also have.
  {
    feature: ['api.HTMLInputElement.capture', 'api.MediaSession.metadata'],
    in: ['node_modules/lit-html/lit-html.js', 'node_modules/@lit/reactive-element/decorators/property.js'],
    why: 'An option of a listener, and an option of a decorator.',
  },
  {
    feature: 'api.GPUBuffer.usage',
    in: 'src/download/cache-store.ts',
    why: 'Of an estimate of storage.',
  },
  {
    feature: ['api.MLGraphBuilder.build', 'api.Blob.bytes'],
    in: 'demo/',
    why: 'What the engine runs on, and a number of bytes.',
  },

  // The demo alone.
  {
    feature: 'api.Navigator.gpu',
    in: ['demo/bench.js', 'demo/bench-run.js'],
    guard: { in: 'demo/bench.js', text: 'if (!navigator.gpu)' },
    why: 'The choice is disabled.',
  },
  {
    feature: 'api.Navigator.gpu',
    in: 'demo/verify.js',
    guard: { in: 'demo/verify.js', text: 'if (!navigator.gpu)' },
    why: 'The choice is disabled.',
  },
  {
    feature: 'api.Performance.measureUserAgentSpecificMemory',
    in: 'demo/bench-run.js',
    guard: { in: 'demo/bench-run.js', text: 'performance.measureUserAgentSpecificMemory === undefined' },
    why: 'The table is then without the page’s memory.',
  },
  {
    feature: 'html.elements.meta.name.viewport',
    in: ['demo/', 'site/'],
    why: 'For phones; a desktop has no viewport to set.',
  },
  { feature: 'html.elements.link.rel.icon', in: ['demo/', 'site/'], why: 'An iPhone shows no icon.' },
  { feature: 'html.elements.video.playsinline', in: 'demo/captions.html', why: 'Firefox plays every video inline.' },
  {
    feature: 'html.global_attributes.autocapitalize',
    in: 'demo/dictation.html',
    why: 'Dictation reads the attribute itself.',
  },
  {
    feature: 'css.properties.font-family.ui-monospace',
    in: ['demo/demo.css', 'site/document.css', 'site/playground.css'],
    why: 'The next font of the list is used.',
  },
  {
    feature: 'css.properties.resize*',
    in: ['src/element/views/captions.ts', 'demo/dictation.css'],
    why: 'A phone’s fields have no handle.',
  },
];
