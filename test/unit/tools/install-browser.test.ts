/** Tests the installation of a missing browser, on simulated machines with fake commands: nothing is installed here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const TOOL = new URL('../../../tools/find-browser.mjs', import.meta.url).href;

/** Calls `findBrowser` as the given user, with the path at which Playwright would install its browser. */
const ASK = `
  import { chromium } from 'playwright';
  import { findBrowser } from '${TOOL}';
  process.getuid = () => Number(process.env.FAKE_UID);
  process.env.PLAYWRIGHTS = chromium.executablePath();
  const log = () => {};
  const found = findBrowser(process.env.NAME, { install: true, log, elsewhere: [] });
  console.log(await found.then(({ path }) => path).catch(({ message }) => message));
`;

const ROOT = 0;
const USER = 1000;

describe('findBrowser without an installed browser', () => {
  let machine: string;
  beforeEach(async () => {
    machine = await mkdtemp(join(tmpdir(), 'machine-'));
    await mkdir(join(machine, 'bin'));
  });
  afterEach(() => rm(machine, { recursive: true }));

  /** A command that logs its call, runs `script`, and exits with its status. */
  async function command(name: string, script: string): Promise<void> {
    const note = `echo "${name} $*" >> "$MACHINE/called"`;
    await writeFile(join(machine, 'bin', name), `#!/bin/sh\n${note}\n${script}\n`, { mode: 0o755 });
  }

  /** A shell script that creates a program at `path`. */
  function put(path: string): string {
    return `/bin/mkdir -p "$(/usr/bin/dirname "${path}")" && echo '#!/bin/sh' > "${path}" && /bin/chmod +x "${path}"`;
  }

  async function ask(uid: number, name = 'chromium'): Promise<{ answer: string; called: string[] }> {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', ASK], {
      cwd: new URL('.', TOOL),
      encoding: 'utf8',
      env: {
        PATH: join(machine, 'bin'),
        HOME: machine,
        MACHINE: machine,
        NAME: name,
        FAKE_UID: String(uid),
        PLAYWRIGHT_BROWSERS_PATH: join(machine, 'browsers'),
      },
    });
    assert.equal(stderr, '');
    const log = join(machine, 'called');
    const called = existsSync(log) ? (await readFile(log, 'utf8')).trim().split('\n') : [];
    return { answer: stdout.trim(), called };
  }

  it('installs it with apt as root on a Debian', async () => {
    await command('apt-get', `[ "$1" = update ] || { ${put('$MACHINE/bin/chromium')}; }`);
    await command('npx', 'exit 1');
    const { answer, called } = await ask(ROOT);
    assert.equal(answer, join(machine, 'bin/chromium'));
    assert.deepEqual(called, ['apt-get update', 'apt-get install -y --no-install-recommends chromium']);
  });

  it('installs Playwright’s if not root', async () => {
    await command('apt-get', 'exit 0');
    await command('npx', put('$PLAYWRIGHTS'));
    const { answer, called } = await ask(USER);
    assert.ok(answer.startsWith(join(machine, 'browsers')), answer);
    assert.deepEqual(called, ['npx playwright install chromium']);
  });

  it('installs Playwright’s without apt', async () => {
    await command('npx', put('$PLAYWRIGHTS'));
    const { answer, called } = await ask(ROOT);
    assert.ok(answer.startsWith(join(machine, 'browsers')), answer);
    assert.deepEqual(called, ['npx playwright install chromium']);
  });

  it('installs Playwright’s if apt has no Chromium', async () => {
    await command('apt-get', '[ "$1" = update ]');
    await command('npx', put('$PLAYWRIGHTS'));
    const { answer, called } = await ask(ROOT);
    assert.ok(answer.startsWith(join(machine, 'browsers')), answer);
    assert.equal(called.at(-1), 'npx playwright install chromium');
  });

  it('explains how to get one if both fail', async () => {
    await command('apt-get', 'exit 100');
    await command('npx', 'exit 1');
    const { answer, called } = await ask(ROOT);
    assert.match(answer, /apt-get install chromium.*npx playwright install chromium.*CHROMIUM_PATH/);
    assert.deepEqual(called, ['apt-get update', 'npx playwright install chromium']);
  });

  it('installs a browser together with the programs its tests need', async () => {
    const programs = ['WebKitWebDriver', 'Xvfb', 'pulseaudio', 'pactl'].map((name) => put(`$MACHINE/bin/${name}`));
    await command('apt-get', `[ "$1" = update ] || { ${programs.join('; ')}; }`);
    const { answer, called } = await ask(ROOT, 'webkit');
    assert.equal(answer, join(machine, 'bin/WebKitWebDriver'));
    assert.match(called.at(-1), /^apt-get install -y webkit2gtk-driver pulseaudio pulseaudio-utils xvfb$/);
  });

  it('rejects a browser whose tests lack a program', { skip: process.platform !== 'linux' }, async () => {
    await command('firefox', 'exit 0');
    const { answer } = await ask(USER, 'firefox');
    assert.match(answer, /No Firefox found.*pulseaudio/);
  });
});
