/** Stores what is known about compiling on one implementation of WebGPU: a browser in its version, with one adapter. */
import { checksum } from '../../gpu/checksum.js';
import { verifiedPut } from '../../download/verified-put.js';

/** Modules that were handed to the compiler together. */
export interface Attempt {
  /** Checksums of their text. */
  readonly modules: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface CompileRecord {
  /** Checksums of modules that the browser has survived, whether they compiled or were refused. */
  readonly survived: readonly string[];
  /** Attempts that have begun and not ended, oldest first: under way now, or cut off by a crash or a closed tab. */
  readonly attempts: readonly Attempt[];
}

const NOTHING: CompileRecord = { survived: [], attempts: [] };
const CACHE = 'kyutai-stt-gpu';
/** Cache API keys are URLs; this host does not exist. */
const ORIGIN = 'https://gpu.invalid/';

/** Rejects where the browser stores nothing here: in a sandboxed frame, with cookies blocked, in some private windows. */
export async function readRecord(implementation: string): Promise<CompileRecord> {
  const response = await (await open()).match(urlOf(implementation));
  const found = response && parsed(await response.text());
  return isRecord(found) ? found : NOTHING;
}

/** Rejects where the record was not stored. Records of other versions of the browser are deleted. */
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
  if (!('caches' in globalThis)) throw new Error('there is no Cache API here');
  return caches.open(CACHE);
}

function versionUrl(): string {
  return `${ORIGIN}${checksum(navigator.userAgent)}/`;
}

function urlOf(implementation: string): string {
  return versionUrl() + implementation;
}

/** Undefined where `json` is none: such a record says nothing. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The origin's other scripts can write there, too. */
function isRecord(value: unknown): value is CompileRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { survived, attempts } = value as Partial<Record<keyof CompileRecord, unknown>>;
  return isTexts(survived) && Array.isArray(attempts) && attempts.every(isAttempt);
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== 'object' || value === null) return false;
  const { modules, at } = value as Partial<Record<keyof Attempt, unknown>>;
  return isTexts(modules) && typeof at === 'number' && !Number.isNaN(new Date(at).getTime());
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
