/** Exports of `kyutai-stt/speech-recognition.js`: the Web Speech API's recogniser, without the element. */
export { SttError, type SttErrorCode } from '../../errors.js';
export type { RecognitionStore, SpeechRecognitionAvailability, SpeechRecognitionOptions } from './availability.js';
export {
  KyutaiSpeechRecognitionErrorEvent,
  KyutaiSpeechRecognitionEvent,
  type SpeechRecognitionErrorName,
} from './events.js';
export type { KyutaiSpeechRecognitionEventMap } from './handler-target.js';
export { KyutaiSpeechRecognition, type KyutaiSpeechRecognitionOptions } from './kyutai-speech-recognition.js';
export { KyutaiSpeechRecognitionPhrase } from './phrase.js';
export {
  KyutaiSpeechRecognitionAlternative,
  KyutaiSpeechRecognitionResult,
  KyutaiSpeechRecognitionResultList,
} from './results.js';
export type { RecognitionSource } from './session.js';
export type { EngineOptions } from './shared-client.js';
