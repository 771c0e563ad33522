/** Hosts engines for any number of ports, in a SharedWorker or a dedicated worker. */
import { SttError } from '../errors.js';
import { holdLifeline } from '../protocol/lifeline.js';
import { PROTOCOL_VERSION, type ConnectMessage, type HelloMessage } from '../protocol/messages.js';
import { EnginePool, type EngineLoader, type PoolOptions } from './engine-pool.js';
import type { QueryHandler } from './query-port.js';
import { PortClient } from './port-client.js';

/** The global scope of either kind of worker: only a SharedWorker has `onconnect`. */
export interface WorkerScope {
  onconnect?: ((event: MessageEvent) => void) | null;
  onmessage?: ((event: MessageEvent) => void) | null;
}

/** Serves every port that connects, until the worker ends. */
export function serve(scope: WorkerScope, load: EngineLoader, pool: PoolOptions = {}, onQuery?: QueryHandler): void {
  const engines = new EnginePool(load, pool);
  // Held before the first greeting: a page that acquires the lock considers the worker dead.
  const lifeline = holdLifeline().catch((cause: unknown) => {
    console.warn(SttError.from(cause, 'The worker has no lifeline').message);
    return undefined;
  });
  const connect = async (port: MessagePort): Promise<void> => {
    greet(port, engines, (await lifeline)?.name, onQuery);
  };
  const onMessage = ({ data, ports: [port] }: MessageEvent<Partial<ConnectMessage>>): void => {
    if (data.type === 'connect' && port) void connect(port);
  };
  if (!('onconnect' in scope)) {
    scope.onmessage = onMessage;
    return;
  }
  // One port per page, on which its clients' ports arrive.
  scope.onconnect = ({ ports: [port] }) => {
    if (!port) return;
    port.onmessage = onMessage;
    sayHello(port);
  };
}

function sayHello(port: MessagePort, lock?: string): void {
  const hello: HelloMessage = { type: 'hello', version: PROTOCOL_VERSION, ...(lock !== undefined && { lock }) };
  port.postMessage(hello);
}

/**
 * Creates a client for `port` and greets it. The page waits for the greeting, since a script that fails sends none; with
 * `lock` it can detect later that the worker died.
 */
export function greet(port: MessagePort, pool: EnginePool, lock?: string, onQuery?: QueryHandler): PortClient {
  const client = new PortClient(port, pool, onQuery);
  sayHello(port, lock);
  return client;
}
