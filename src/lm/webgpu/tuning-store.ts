/** Keeps what the tuner found, per GPU, kernels and model shape, where the browser keeps things. */
import { parts, shaders } from '../../../build/shaders.js';
import { verifiedPut } from '../../download/verified-put.js';
import { checksum } from '../../gpu/checksum.js';
import { MATRICES, type Tuning } from './tuning.js';

const CACHE = 'kyutai-stt-tuning';
/** Cache API keys are URLs; this one is nobody's. */
const ORIGIN = 'https://tuning.invalid/';

/** What was found before under `key`, or undefined: nothing, or a browser that keeps nothing here. */
export async function recall(key: string): Promise<Tuning | undefined> {
  const cache = await open();
  // What cannot be read was not found: tuning again costs less than not loading.
  const response = await cache?.match(addressOf(key)).catch(() => undefined);
  const found: unknown = await response?.json().catch(() => undefined);
  return isTuning(found) ? found : undefined;
}

/** Resolves with whether it was stored: a full disk is no reason not to transcribe. */
export async function remember(key: string, tuning: Tuning): Promise<boolean> {
  if ((await open()) === undefined) return false;
  const json = JSON.stringify(tuning);
  const place = { caches, cache: CACHE, url: addressOf(key) };
  const isStored = async (): Promise<boolean> => {
    const response = await caches.match(place.url, { cacheName: CACHE });
    return (await response?.text()) === json;
  };
  return verifiedPut(place, json, isStored).then(
    () => true,
    () => false,
  );
}

/** Storage may be missing (plain HTTP) or refused (a private window, a sandboxed frame): tuning then happens every time. */
async function open(): Promise<Cache | undefined> {
  if (!('caches' in globalThis)) return undefined;
  return caches.open(CACHE).catch(() => undefined);
}

/** Other kernels ask for other choices, so their text is part of the key. */
function addressOf(key: string): string {
  return `${ORIGIN}${checksum([...Object.values(shaders), ...Object.values(parts)].join())}/${encodeURIComponent(key)}`;
}

/** Stored by an earlier visit; whoever shares the origin can write there, too. */
function isTuning(value: unknown): value is Tuning {
  if (typeof value !== 'object' || value === null) return false;
  const { matrices, splits, fold } = value as Partial<Record<keyof Tuning, unknown>>;
  if (typeof matrices !== 'object' || matrices === null || !isCount(splits) || splits > 16 || !isFold(fold))
    return false;
  return MATRICES.every((role) => isChoice((matrices as Record<string, unknown>)[role]));
}

function isChoice(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { arithmetic, fold, lanes, rows } = value as Record<string, unknown>;
  const isArithmetic = arithmetic === 'f32' || arithmetic === 'f16' || arithmetic === 'dot8';
  const isShape = isCount(lanes) && lanes >= 16 && Number.isInteger(Math.log2(lanes)) && isCount(rows) && rows <= 16;
  return isArithmetic && isFold(fold) && isShape && rows % 2 === 0;
}

const isFold = (value: unknown): value is Tuning['fold'] => value === 'tree' || value === 'subgroups';
const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= 256;
