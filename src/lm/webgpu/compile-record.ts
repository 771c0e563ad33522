/** Stores which shader modules have compiled on one implementation of WebGPU: a browser version with one adapter. */
import { checksum } from '../../gpu/checksum.js';
import { verifiedPut } from '../../download/verified-put.js';

/** Modules that are compiled together. */
export interface Attempt {
  /** Checksums of their text. */
  readonly modules: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface CompileRecord {
  /** Checksums of modules that did not crash the browser, whether they compiled or were rejected. */
  readonly survived: readonly string[];
  /** Attempts without an end, oldest first: running now, or interrupted by a crash or a closed tab. */
  readonly attempts: readonly Attempt[];
}

const NOTHING: CompileRecord = { survived: [], attempts: [] };
const CACHE = 'kyutai-stt-gpu';
/** Cache API keys are URLs; this host does not exist. */
const ORIGIN = 'https://gpu.invalid/';

/** Rejects if storage is blocked: in a sandboxed frame, with cookies blocked, in some private windows. */
export async function readRecord(implementation: string): Promise<CompileRecord> {
  const response = await (await open()).match(urlOf(implementation));
  const found = response && parsed(await response.text());
  return isRecord(found) ? found : NOTHING;
}

/** Stores `record` and deletes those of other browser versions. Rejects if it was not stored. */
export async function writeRecord(implementation: string, record: CompileRecord): Promise<void> {
  const [url, json] = [urlOf(implementation), JSON.stringify(record)];
  const isStored = async (): Promise<boolean> => {
    const response = await caches.match(url, { cacheName: CACHE });
    return (await response?.text()) === json;
  };
  await verifiedPut({ caches, cache: CACHE, url }, json, isStored);
  const cache = await open();
  const outdated = (await cache.keys()).filter((request) => !request.url.startsWith(versionUrl()));
  await Promise.all(outdated.map((request) => cache.delete(request)));
}

export async function deleteRecord(implementation: string): Promise<void> {
  await (await open()).delete(urlOf(implementation));
}

async function open(): Promise<Cache> {
  if (!('caches' in globalThis)) throw new Error('the Cache API is not available');
  return caches.open(CACHE);
}

function versionUrl(): string {
  return `${ORIGIN}${checksum(navigator.userAgent)}/`;
}

function urlOf(implementation: string): string {
  return versionUrl() + implementation;
}

/** Undefined if `json` is not JSON, such as a record that is half written. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Validates a stored record: other scripts of the origin can write there too. */
function isRecord(value: unknown): value is CompileRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { survived, attempts } = value as Partial<Record<keyof CompileRecord, unknown>>;
  return isStrings(survived) && Array.isArray(attempts) && attempts.every(isAttempt);
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false;
  const { modules, at } = value as Partial<Record<keyof Attempt, unknown>>;
  return isStrings(modules) && typeof at === 'number' && !Number.isNaN(new Date(at).getTime());
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
