/** Stores the tuner's results in the Cache API, per GPU, kernels and model shape. */
import { parts, shaders } from '../../../build/shaders.js';
import { verifiedPut } from '../../download/verified-put.js';
import { checksum } from '../../gpu/checksum.js';
import { MATRICES, type Tuning } from './tuning.js';

const CACHE = 'kyutai-stt-tuning';
/** Cache API keys are URLs; this host does not exist. */
const ORIGIN = 'https://tuning.invalid/';

/** The tuning stored under `key`; undefined if there is none or storage is unavailable. */
export async function readTuning(key: string): Promise<Tuning | undefined> {
  const cache = await open();
  // Read errors are ignored: tuning again is better than failing to load.
  const response = await cache?.match(urlOf(key)).catch(() => undefined);
  const found: unknown = await response?.json().catch(() => undefined);
  return isTuning(found) ? found : undefined;
}

/** Resolves with whether the tuning was stored; never rejects, because the model works without. */
export async function writeTuning(key: string, tuning: Tuning): Promise<boolean> {
  if ((await open()) === undefined) return false;
  const json = JSON.stringify(tuning);
  const place = { caches, cache: CACHE, url: urlOf(key) };
  const isStored = async (): Promise<boolean> => {
    const response = await caches.match(place.url, { cacheName: CACHE });
    return (await response?.text()) === json;
  };
  return verifiedPut(place, json, isStored).then(
    () => true,
    () => false,
  );
}

/** Undefined if storage is missing (plain HTTP) or blocked (a private window, a sandboxed frame); tuning then runs at every visit. */
async function open(): Promise<Cache | undefined> {
  if (!('caches' in globalThis)) return undefined;
  return caches.open(CACHE).catch(() => undefined);
}

/** Results depend on the kernels, so a checksum of their text is part of the key. */
function urlOf(key: string): string {
  return `${ORIGIN}${checksum([...Object.values(shaders), ...Object.values(parts)].join())}/${encodeURIComponent(key)}`;
}

/** Validates a stored tuning: other scripts of the origin can write there too. */
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
