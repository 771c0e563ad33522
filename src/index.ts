/** The package: defines <kyutai-stt> and offers all of its public API. */
import { KyutaiSttElement } from './element/kyutai-stt-element.js';

export * from './client/index.js';
export * from './client/speech-recognition/index.js';
export { KyutaiSttElement } from './element/kyutai-stt-element.js';
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
export type { CueDetail } from './element/media/caption-track.js';
export type { ListenSource } from './element/controllers/listening-run.js';
export type { StartInput } from './element/sources.js';
export type { StateName } from './element/status.js';
export type { StringOverrides, Strings } from './element/strings/strings.js';

/** A page may load the script twice, the first one wins; on a server that renders there may be no registry at all. */
const registry = (globalThis as { customElements?: CustomElementRegistry }).customElements;
if (registry && !registry.get('kyutai-stt')) registry.define('kyutai-stt', KyutaiSttElement);
