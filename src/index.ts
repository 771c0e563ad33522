/** The package's main entry: defines <kyutai-stt> and exports the whole public API. */
import { KyutaiSttElement } from './element/kyutai-stt-element.js';

export * from './client/index.js';
export * from './client/speech-recognition/index.js';
export { KyutaiSttElement, registerStrings } from './element/kyutai-stt-element.js';
export type {
  KyutaiSttEventMap,
  LevelDetail,
  ProgressDetail,
  RecoveryDetail,
  SeekDetail,
  StallDetail,
  StateChangeDetail,
  TurnDetail,
} from './element/events.js';
export type { CommandDetail, SpokenCommand, SpokenCommands } from './element/hands-free/port.js';
export type { CueDetail } from './element/media/caption-track.js';
export type { Lane, LanesInput, ListenSource, StartInput } from './element/sources.js';
export type { StateName } from './element/status.js';
export type { StringOverrides, Strings } from './element/strings/strings.js';

/** If a page loads the script twice, the first definition stays. Server-side rendering has no registry. */
const registry = (globalThis as { customElements?: CustomElementRegistry }).customElements;
if (registry && !registry.get('kyutai-stt')) registry.define('kyutai-stt', KyutaiSttElement);
