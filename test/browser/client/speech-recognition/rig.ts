/** A recogniser on the fake engine, with audio played by the test. */
import { SttClient, type ModelProgress } from '../../../../src/client/index.js';
import {
  KyutaiSpeechRecognition,
  type KyutaiSpeechRecognitionEvent,
  type KyutaiSpeechRecognitionEventMap,
  type KyutaiSpeechRecognitionOptions,
} from '../../../../src/client/speech-recognition/index.js';
import { FAKE_WORKER, HandSource, modelUrl } from '../../element/rig.js';

const EVENTS = [
  'start',
  'audiostart',
  'soundstart',
  'speechstart',
  'result',
  'speechend',
  'soundend',
  'audioend',
  'nomatch',
  'error',
  'end',
] as const satisfies readonly (keyof KyutaiSpeechRecognitionEventMap)[];

export interface RecogniserRig {
  readonly recogniser: KyutaiSpeechRecognition;
  readonly client: SttClient;
  /** The source of the latest session. */
  readonly source: () => HandSource;
  /** All events: results as transcripts (final ones end with a full stop), errors by name, others by type. */
  readonly log: string[];
  /** Resolves with the next event of this type; rejects after ten seconds. */
  readonly next: <K extends keyof KyutaiSpeechRecognitionEventMap>(
    type: K,
  ) => Promise<KyutaiSpeechRecognitionEventMap[K]>;
}

export function recogniserRig(
  options: Partial<KyutaiSpeechRecognitionOptions> = {},
  {
    query = '',
    opening = () => Promise.resolve(),
    progress = () => undefined,
  }: { query?: string; opening?: () => Promise<void>; progress?: (progress: ModelProgress) => void } = {},
): RecogniserRig {
  const client = new SttClient({ model: modelUrl(query), workerSrc: FAKE_WORKER, worker: 'dedicated', progress });
  const sources: HandSource[] = [];
  const recogniser = new KyutaiSpeechRecognition({
    client,
    source: () => {
      const source = new HandSource(opening());
      sources.push(source);
      return source;
    },
    ...options,
  });
  const log: string[] = [];
  for (const type of EVENTS) recogniser.addEventListener(type, (event) => log.push(nameOf(event)));
  return {
    recogniser,
    client,
    log,
    source: () => {
      const [latest] = sources.slice(-1);
      if (latest === undefined) throw new Error('no session has begun');
      return latest;
    },
    next: (type) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no ${type} event after ${log.join(' ')}`)), 10_000);
        recogniser.addEventListener(
          type,
          (event) => {
            clearTimeout(late);
            resolve(event);
          },
          { once: true },
        );
      }),
  };
}

/** The text of every result; final ones end with a full stop. */
export function textsOf({ results }: KyutaiSpeechRecognitionEvent): string[] {
  return [...results].map((result) => `${result.item(0)?.transcript ?? ''}${result.isFinal ? '.' : ''}`);
}

function nameOf(event: KyutaiSpeechRecognitionEventMap[keyof KyutaiSpeechRecognitionEventMap]): string {
  if ('results' in event && event.type === 'result') return textsOf(event).join('|');
  return 'error' in event ? `error:${event.error}` : event.type;
}

/** The name of the DOMException that `call` throws. */
export function thrown(call: () => unknown): string {
  try {
    call();
  } catch (cause) {
    return cause instanceof DOMException ? cause.name : String(cause);
  }
  return 'nothing';
}
