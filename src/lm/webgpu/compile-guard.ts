/**
 * Records each compilation before it begins, so that a shader that crashes the browser is not compiled again at the next
 * visit (docs/decisions/0019).
 */
import { compileLock } from '../../protocol/lock-names.js';
import { SttError } from '../../errors.js';
import { checksum } from '../../gpu/checksum.js';
import type { Supervise } from '../../gpu/kernels.js';
import { deleteRecord, readRecord, writeRecord, type Attempt, type CompileRecord } from './compile-record.js';

/** How long the GPU is not used after one interrupted attempt, which may be a closed tab as well as a crash. */
const PAUSE_MS = 24 * 60 * 60 * 1000;
/** After this many interrupted attempts the GPU is not used until the browser is updated. */
const MAX_INTERRUPTED = 2;
const RETRY_HINT = 'after a browser update, or with backend="webgpu"';

/** The device that a guard supervises. */
export interface GuardedDevice {
  readonly implementation: string;
  /** Whether the device was lost for a reason other than `close`: compiling may have crashed the GPU process. */
  readonly isLost: () => boolean;
}

/**
 * Supervises compilations on one device. Modules that compiled before without a crash compile without delay. Other sets
 * of modules compile one at a time across tabs, and a record of the attempt is in storage until it has ended.
 * @param mustRecord whether to reject with `unsupported` where an attempt was interrupted recently or cannot be recorded,
 *   rather than compile: for a caller that did not ask for the GPU by name
 */
export function guardCompiling({ implementation, isLost }: GuardedDevice, mustRecord: () => boolean): Supervise {
  return async (texts, work) => {
    const modules = [...new Set(texts.map(checksum))];
    const state = { hasBegun: false };
    const begin: typeof work = () => {
      state.hasBegun = true;
      return work();
    };
    try {
      if (newModules(modules, await readRecord(implementation)).length === 0) return await begin();
      return await locks().request(compileLock(implementation), async () => {
        const record = await readRecord(implementation);
        const why = mustRecord() ? whyInterrupted(record) : undefined;
        if (why !== undefined) throw new SttError('unsupported', why);
        const attempt: Attempt = { modules: newModules(modules, record), at: Date.now() };
        if (attempt.modules.length === 0) return begin();
        await writeRecord(implementation, { ...record, attempts: [...record.attempts, attempt] });
        try {
          return await begin();
        } finally {
          // The loss of a device is reported in a later task than the call it interrupted.
          await new Promise((resolve) => setTimeout(resolve));
          if (!isLost()) await recordSurvival(implementation, record, attempt);
        }
      });
    } catch (cause) {
      if (state.hasBegun || cause instanceof SttError) throw cause;
      if (mustRecord()) throw new SttError('unsupported', whyNotStored(cause), { cause });
      return work();
    }
  };
}

/** Why `auto` must not compile on this implementation now, as a sentence for the visitor; undefined if it may. */
export async function whyNotCompile(implementation: string): Promise<string | undefined> {
  try {
    return await locks().request(compileLock(implementation), { mode: 'shared', ifAvailable: true }, async (lock) => {
      const record = await readRecord(implementation);
      // Without the lock, another tab is compiling, so the attempt on record is not interrupted.
      return lock ? whyInterrupted(record) : undefined;
    });
  } catch (cause) {
    return whyNotStored(cause);
  }
}

/** Records that the browser survived `attempt`, and drops interrupted attempts whose modules have all compiled since. */
async function recordSurvival(implementation: string, record: CompileRecord, { modules }: Attempt): Promise<void> {
  const survived = [...record.survived, ...modules];
  const attempts = record.attempts.filter((earlier) => newModules(earlier.modules, { survived }).length > 0);
  try {
    // Where storage is full, the record must be deleted: it would look like an interrupted attempt.
    await writeRecord(implementation, { survived, attempts }).catch(() => deleteRecord(implementation));
  } catch (cause) {
    console.warn(SttError.from(cause, 'The browser could not store that the GPU kernels compiled').message);
  }
}

/** Those of `modules` that the browser has not survived compiling before. */
function newModules(modules: readonly string[], { survived }: Pick<CompileRecord, 'survived'>): string[] {
  return modules.filter((module) => !survived.includes(module));
}

/** Why not to compile, where an attempt was interrupted. `record` was read under the lock, so no attempt is running. */
function whyInterrupted({ attempts }: CompileRecord): string | undefined {
  const last = attempts.at(-1);
  if (!last) return undefined;
  const isPauseOver = Math.abs(Date.now() - last.at) >= PAUSE_MS;
  if (isPauseOver && attempts.length < MAX_INTERRUPTED) return undefined;
  const day = new Date(last.at).toISOString().slice(0, 10);
  const when = attempts.length === 1 ? `on ${day}` : `${attempts.length} times, last on ${day},`;
  const next = attempts.length < MAX_INTERRUPTED ? `after a day, ${RETRY_HINT}` : RETRY_HINT;
  return `The GPU was not tried: ${when} this page ended while GPU code was compiling, perhaps because the browser crashed. It will be tried again ${next}`;
}

function whyNotStored(cause: unknown): string {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return `The GPU was not tried: the browser stores nothing here (${detail}), so a crash of the browser while GPU code compiles would go unnoticed. It will be tried with backend="webgpu"`;
}

function locks(): LockManager {
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  if (!navigator?.locks) throw new Error('Web Locks are not available');
  return navigator.locks;
}
