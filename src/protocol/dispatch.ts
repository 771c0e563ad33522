/** Hands a message to its handler in a table. */
import type { Handlers } from './messages.js';

/** Calls the handler of `message.type`. A type that is in no table comes from another version and is ignored. */
export function dispatch<M extends { readonly type: string }>(handlers: Handlers<M>, message: M): void {
  const handler = handlers[message.type as M['type']] as ((message: M) => void) | undefined;
  handler?.(message);
}
