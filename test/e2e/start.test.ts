/** `npm start`, the demo's server. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../tools/start.mjs', import.meta.url));

/** Starts the demo's server without a build, and stops it after `use`. */
async function withDemo(port: number, use: (address: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [START, '--no-build', '--no-open', `--port=${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      printed += text;
      const address = /http:\/\/\S+/.exec(printed)?.[0];
      if (address === undefined) continue;
      await use(address);
      return;
    }
    assert.fail(`npm start printed no address: ${printed}`);
  } finally {
    child.kill();
  }
}

describe('npm start', () => {
  it('prints the address of a page with the element', async () => {
    await withDemo(8100, async (address) => {
      const response = await fetch(address);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /<kyutai-stt/);
    });
  });

  it('uses the next port if one is in use', async () => {
    const other = createServer().listen(0, 'localhost');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await withDemo(port, async (address) => {
        assert.ok(Number(new URL(address).port) > port);
        assert.equal((await fetch(address)).status, 200);
      });
    } finally {
      other.close();
    }
  });

  it('serves the files of the page, and no others of the folder', async () => {
    await withDemo(8200, async (address) => {
      const statusOf = async (path: string): Promise<number> => (await fetch(new URL(path, address))).status;
      assert.equal(await statusOf('/dist/kyutai-stt.js'), 200);
      assert.equal(await statusOf('/package.json'), 404);
      assert.equal(await statusOf('/.git/config'), 404);
    });
  });
});
