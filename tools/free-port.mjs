/** Finds a free port for a server that cannot choose one itself. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that is free now. Left to itself the test runner takes 8000, as another that starts at the same moment does. */
export async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
