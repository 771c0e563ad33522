/** The faults that the test hub can inject into a response, and seeded random plans of them. */
import { whole, type Random } from './random.js';

export interface Fault {
  /** Responds with this status and no body, and with `retryAfter` seconds as Retry-After. */
  readonly status?: number;
  readonly retryAfter?: string;
  /** Closes the connection after this many bytes of the body. */
  readonly cutAfter?: number;
  /** Flips a bit of this byte of the body. */
  readonly flipAt?: number;
  /** Sends `bytes` at a time, every `everyMs` milliseconds. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
  /** Sends nothing from byte `at` of the file on until `open` resolves. */
  readonly gate?: { readonly at: number; readonly open: Promise<void> };
  /** Sends the headers and no body. */
  readonly hangs?: boolean;
  /** Responds to a range request with 200 and the whole file. */
  readonly ignoresRange?: boolean;
  /** Adds this to Content-Length. */
  readonly lengthOffBy?: number;
  /** Compresses the body; implies the whole file. */
  readonly gzip?: boolean;
  /** Shifts the range in the response by this many bytes. */
  readonly rangeOffBy?: number;
  /** Adds this to the size in Content-Range. */
  readonly totalOffBy?: number;
  /** Closes the connection without a response. */
  readonly refuses?: boolean;
}

export interface HubRequest {
  /** `hub` redirects to `storage`, which sends files. */
  readonly at: 'hub' | 'storage';
  readonly name: string;
  readonly method: string;
  /** First and last byte of the Range header. */
  readonly range: readonly [number, number] | undefined;
  /** Position among all requests. */
  readonly index: number;
}

export type FaultPlan = (request: HubRequest) => Fault;

/** The probability of each fault in one request. */
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
