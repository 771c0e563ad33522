/** The platform's AbortError, which passes through every layer unwrapped: cancelling is no failure. */

/** Whether `cause` is what an AbortSignal's owner asked for. */
export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}

export function abortError(what: string): DOMException {
  return new DOMException(`${what}: aborted`, 'AbortError');
}
