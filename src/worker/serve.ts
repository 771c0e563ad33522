/** Hosts engines for any number of ports, in a SharedWorker or a dedicated one: the same script does both. */
import { PROTOCOL_VERSION, type ConnectMessage, type HelloMessage } from '../protocol/messages.js';
import { EnginePool, type EngineLoader } from './engine-pool.js';
import { PortClient } from './port-client.js';

/** What the two kinds of worker have, as far as serving goes: a SharedWorker has `onconnect`, a dedicated one has not. */
export interface WorkerScope {
  onconnect?: ((event: MessageEvent) => void) | null;
  onmessage?: ((event: MessageEvent) => void) | null;
}

/** Serves every port that comes, until the worker ends. */
export function serve(scope: WorkerScope, load: EngineLoader): void {
  const pool = new EnginePool(load);
  const welcome = (event: MessageEvent): void => {
    const port = event.ports[0];
    if (port) greet(port, pool);
  };
  if ('onconnect' in scope) {
    scope.onconnect = welcome;
  } else {
    scope.onmessage = (event: MessageEvent<Partial<ConnectMessage>>) => {
      if (event.data.type === 'connect') welcome(event);
    };
  }
}

/** Makes a client of `port`. The page waits for the greeting, because a broken script cannot send one. */
export function greet(port: MessagePort, pool: EnginePool): PortClient {
  const client = new PortClient(port, pool);
  const hello: HelloMessage = { type: 'hello', version: PROTOCOL_VERSION };
  port.postMessage(hello);
  return client;
}
