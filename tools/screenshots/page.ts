/** The page's half of `npm run screenshots`: adds an element and starts it on a source that is always silent. */
import { KyutaiSttElement, type ListenSource } from '../../src/index.js';

export interface Shown {
  readonly lang: string;
  readonly dir: string;
  readonly starts: boolean;
  readonly fails: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

declare global {
  var showElement: (shown: Shown) => void;
}

/** Referenced by name, because the package declares its sources free of side effects, and this import has one. */
if (!customElements.get('kyutai-stt')) customElements.define('kyutai-stt', KyutaiSttElement);

const ignore = (): void => undefined;

globalThis.showElement = ({ lang, dir, starts, fails, attributes }) => {
  Object.assign(document.documentElement, { lang, dir });
  const element: KyutaiSttElement = document.createElement('kyutai-stt');
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.querySelector('main')?.append(element);
  if (!starts) return;
  const source = silent();
  element.start(fails ? undefined : source).then(() => source.onlevel?.({ rms: 0.08, peak: 0.3 }), ignore);
};

function silent(): ListenSource {
  return {
    kind: 'microphone',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    abort: ignore,
    pause: ignore,
    resume: ignore,
    onended: null,
    onerror: null,
  };
}
