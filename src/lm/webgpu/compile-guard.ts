/**
 * Records each compilation before it begins, so that a browser that a shader brings down does not meet that shader again
 * at the next visit (docs/decisions/0019).
 */
import { SttError } from '../../errors.js';
import { checksum } from '../../gpu/checksum.js';
import type { Supervise } from '../../gpu/kernels.js';
import { deleteRecord, readRecord, writeRecord, type Attempt, type CompileRecord } from './compile-record.js';

/** After one attempt that was cut off, a closed tab as well as a crash, the GPU is left alone for so long. */
const PAUSE_MS = 24 * 60 * 60 * 1000;
/** After so many, until there is another version of the browser. */
const MOST_CUT_OFF = 2;
const AGAIN = 'after a browser update, or with backend="webgpu"';

/** What a guard knows about its GPU. */
export interface Guarded {
  readonly implementation: string;
  /** The device was lost other than by `close`: compiling may have crashed the GPU process. */
  readonly isLost: () => boolean;
}

/**
 * Supervises compilations on one device. Modules that this implementation has survived compile at once, others one set
 * at a time in all tabs, with a record of the attempt in storage until it has ended.
 * @param mustRecord whether to reject with `unsupported` rather than compile what was cut off lately, or what cannot be
 *   recorded: for a caller that did not ask for the GPU by name
 */
export function guardCompiling({ implementation, isLost }: Guarded, mustRecord: () => boolean): Supervise {
  return async (texts, work) => {
    const modules = [...new Set(texts.map(checksum))];
    const state = { hasBegun: false };
    const begin: typeof work = () => {
      state.hasBegun = true;
      return work();
    };
    try {
      if (left(modules, await readRecord(implementation)).length === 0) return await begin();
      return await locks().request(lockOf(implementation), async () => {
        const record = await readRecord(implementation);
        const why = mustRecord() ? whyCutOff(record) : undefined;
        if (why !== undefined) throw new SttError('unsupported', why);
        const attempt: Attempt = { modules: left(modules, record), at: Date.now() };
        if (attempt.modules.length === 0) return begin();
        await writeRecord(implementation, { ...record, attempts: [...record.attempts, attempt] });
        try {
          return await begin();
        } finally {
          // A lost device is reported a moment after what it interrupted.
          await new Promise((resolve) => setTimeout(resolve));
          if (!isLost()) await settle(implementation, record, attempt);
        }
      });
    } catch (cause) {
      if (state.hasBegun || cause instanceof SttError) throw cause;
      if (mustRecord()) throw new SttError('unsupported', whyNotStored(cause), { cause });
      return work();
    }
  };
}

/** Why `auto` must not compile on this implementation now, in a sentence; undefined where it may try. */
export async function whyNotCompile(implementation: string): Promise<string | undefined> {
  try {
    return await locks().request(lockOf(implementation), { mode: 'shared', ifAvailable: true }, async (lock) => {
      const record = await readRecord(implementation);
      // Without the lock, another tab is compiling: its attempt is not cut off.
      return lock ? whyCutOff(record) : undefined;
    });
  } catch (cause) {
    return whyNotStored(cause);
  }
}

/** The browser has survived `attempt`, and with it, maybe, what an earlier one was cut off in. */
async function settle(implementation: string, record: CompileRecord, { modules }: Attempt): Promise<void> {
  const survived = [...record.survived, ...modules];
  const attempts = record.attempts.filter((earlier) => left(earlier.modules, { survived }).length > 0);
  try {
    // Where there is no room for more, what looks like an attempt cut off must go.
    await writeRecord(implementation, { survived, attempts }).catch(() => deleteRecord(implementation));
  } catch (cause) {
    console.warn(SttError.from(cause, 'The browser did not store that kernels have compiled').message);
  }
}

/** Those of `modules` that nothing is known about. */
function left(modules: readonly string[], { survived }: Pick<CompileRecord, 'survived'>): string[] {
  return modules.filter((module) => !survived.includes(module));
}

/** Read with the lock, so that no attempt is under way. */
function whyCutOff({ attempts }: CompileRecord): string | undefined {
  const last = attempts.at(-1);
  if (!last) return undefined;
  const isOver = Math.abs(Date.now() - last.at) >= PAUSE_MS;
  if (isOver && attempts.length < MOST_CUT_OFF) return undefined;
  const day = new Date(last.at).toISOString().slice(0, 10);
  const when = attempts.length === 1 ? `on ${day}` : `${attempts.length} times, last on ${day},`;
  const next = attempts.length < MOST_CUT_OFF ? `after a day, ${AGAIN}` : AGAIN;
  return `The GPU was not tried: ${when} this page ended while GPU code was compiling, perhaps because the browser crashed. It will be tried again ${next}`;
}

function whyNotStored(cause: unknown): string {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return `The GPU was not tried: the browser stores nothing here (${detail}), so a crash of the browser while GPU code compiles would go unnoticed. It will be tried with backend="webgpu"`;
}

function lockOf(implementation: string): string {
  return `kyutai-stt compiles on ${implementation}`;
}

function locks(): LockManager {
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  if (!navigator?.locks) throw new Error('there are no Web Locks here');
  return navigator.locks;
}
