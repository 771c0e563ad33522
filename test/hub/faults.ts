/** What can be wrong with one answer of the stand-in, and seeded plans of it. */
import { whole, type Random } from './random.js';

export interface Fault {
  /** Answers with this status and nothing else, telling the client to come back after so many seconds. */
  readonly status?: number;
  readonly retryAfter?: string;
  /** Breaks the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Flips a bit of this byte of the body. */
  readonly flipAt?: number;
  /** Sends so many bytes at a time, this many milliseconds apart. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** Sends headers and then nothing. */
  readonly hangs?: boolean;
  /** Answers a range with 200 and the whole file. */
  readonly ignoresRange?: boolean;
  /** Adds this to Content-Length. */
  readonly lengthOffBy?: number;
  /** Compresses, which is possible with whole files only. */
  readonly gzip?: boolean;
  /** Answers with another range than the one asked for. */
  readonly rangeOffBy?: number;
  /** Breaks the connection without an answer. */
  readonly refuses?: boolean;
}

export interface HubRequest {
  /** `hub` redirects, `storage` sends. */
  readonly at: 'hub' | 'storage';
  readonly name: string;
  readonly method: string;
  /** First and last byte asked for. */
  readonly range: readonly [number, number] | undefined;
  /** Counts up over all requests. */
  readonly index: number;
}

export type FaultPlan = (request: HubRequest) => Fault;

/** Of each kind, how likely it is for one request. */
export interface Rates {
  readonly cut: number;
  readonly flip: number;
  readonly status: number;
  readonly refuse: number;
  readonly stall: number;
  readonly ignoreRange: number;
}

export function randomFaults(random: Random, rates: Rates): FaultPlan {
  return ({ at, range }) => {
    const length = range === undefined ? 1 << 20 : range[1] - range[0] + 1;
    const hits = (rate: number): boolean => random() < rate;
    if (hits(rates.refuse)) return { refuses: true };
    if (hits(rates.status)) {
      const status = [429, 500, 502, 503, 504][whole(random, 5)] ?? 500;
      return hits(0.5) ? { status, retryAfter: '0' } : { status };
    }
    if (at === 'hub') return {};
    if (hits(rates.stall)) return hits(0.5) ? { hangs: true } : { drip: { bytes: 7, everyMs: 5 } };
    return {
      ...(hits(rates.ignoreRange) ? { ignoresRange: true } : {}),
      ...(hits(rates.cut) ? { cutAfter: whole(random, length) } : {}),
      ...(hits(rates.flip) ? { flipAt: whole(random, length) } : {}),
    };
  };
}
