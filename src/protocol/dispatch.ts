/** Tables of message handlers, and how a message reaches its handler. */

/** One handler for each message type: a type without a handler does not compile. */
export type Handlers<M extends { readonly type: string }> = {
  readonly [T in M['type']]: (message: Extract<M, { readonly type: T }>) => void;
};

/** Calls the handler of `message.type`. A type without a handler comes from another version and is ignored. */
export function dispatch<M extends { readonly type: string }>(handlers: Handlers<M>, message: M): void {
  if (!Object.hasOwn(handlers, message.type)) return;
  const handler = handlers[message.type as M['type']] as (message: M) => void;
  handler(message);
}
