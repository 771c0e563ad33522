/** The rows of README's support table. */
export const SUPPORT_ROWS = {
  cpu: 'CPU (WebAssembly)',
  gpu: 'GPU (WebGPU)',
  sharedWorker: 'One model for all elements and tabs (SharedWorker)',
  threads: 'Several threads (isolated page, dedicated worker)',
  microphone: 'Microphone',
  video: 'Captions on a video',
  dictation: 'Dictation',
  kept: 'Model kept for the next visit',
  offline: 'Page without a network (service worker)',
  webSpeech: '`KyutaiSpeechRecognition`',
} as const;

export type SupportRow = keyof typeof SUPPORT_ROWS;
