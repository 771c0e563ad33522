/** The package as shipped: packed, unpacked elsewhere, and used from there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));

const SCRIPTS = [
  'dist/capture.worklet.js',
  'dist/client.js',
  'dist/dedicated.worker.js',
  'dist/element.js',
  'dist/kyutai-stt.js',
  'dist/shared.worker.js',
];

/** Bytes after gzip; a page pays for these before the model. */
const BUDGET = { 'dist/kyutai-stt.js': 40_000, 'dist/capture.worklet.js': 6_000, 'dist/shared.worker.js': 60_000 };

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
  bin: Record<string, string>;
}

describe('the package', () => {
  let folder: string;
  let installed: string;
  let files: string[];
  let manifest: Manifest;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename, files: list }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    files = list.map(({ path }) => path).sort();
    const modules = join(folder, 'node_modules');
    installed = join(modules, 'kyutai-stt');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
    manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
    // Its dependencies, and what they depend on, are those of this tree.
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.') && name !== 'kyutai-stt')
        symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('holds the built scripts, their types, the demo model and the papers, and nothing else', () => {
    const known =
      /^(dist\/cli(\.[\w-]+)?\.js|dist\/types\/.+\.d\.ts|dist\/models\/[\w.-]+\.gguf|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
    assert.deepEqual(
      files.filter((file) => !known.test(file)),
      SCRIPTS,
    );
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) assert.ok(files.includes(file), file);
    assert.equal(files.filter((file) => file.endsWith('.gguf')).length, 1);
  });

  it('has every file its exports name', () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      if (name.includes('*')) continue;
      for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
        assert.ok(existsSync(join(installed, path)), `${name} → ${path}`);
      }
    }
    for (const path of Object.values(manifest.bin)) assert.ok(existsSync(join(installed, path)), path);
  });

  it('resolves every export by its public name', () => {
    const names = Object.keys(manifest.exports).map((name) => name.replace('*', 'demo-en_fr-q4_0.gguf'));
    const script = `for (const name of ${JSON.stringify(names)}) console.log(import.meta.resolve('kyutai-stt' + name.slice(1)));`;
    const file = join(folder, 'resolve.mjs');
    writeFileSync(file, script);
    const resolved = execFileSync(process.execPath, [file], { encoding: 'utf8' }).trim().split('\n');
    for (const url of resolved) assert.ok(existsSync(fileURLToPath(url)), url);
    assert.equal(resolved.length, names.length);
  });

  for (const resolution of ['Bundler', 'NodeNext']) {
    it(`gives a consumer its types under ${resolution} resolution`, () => {
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(
        join(folder, 'consumer.ts'),
        [
          "import 'kyutai-stt';",
          "import { SttClient } from 'kyutai-stt/client.js';",
          'export const client: SttClient = new SttClient();',
          "export const element = document.createElement('kyutai-stt');",
          "element.addEventListener('transcript', (event) => console.log(event.detail.text satisfies string));",
          '// @ts-expect-error: an unknown option is a mistake of the consumer',
          'export const wrong = new SttClient({ modle: 1 });',
        ].join('\n'),
      );
      const compilerOptions = {
        target: 'ES2022',
        lib: ['ES2023', 'DOM'],
        module: resolution === 'Bundler' ? 'ESNext' : 'NodeNext',
        moduleResolution: resolution,
        strict: true,
        noEmit: true,
        types: [],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
      run(join(root, 'node_modules/typescript/bin/tsc'), '-p', folder);
    });
  }

  it('can be imported where there is no page, as on a server that renders', () => {
    const file = join(folder, 'server.mjs');
    writeFileSync(file, "import { SttClient } from 'kyutai-stt/client.js'; new SttClient();");
    run(file);
  });

  for (const script of ['dist/kyutai-stt.js', 'dist/element.js', 'dist/client.js']) {
    it(`names its workers, its worklet and its model beside ${script}, where bundlers look`, () => {
      const text = readFileSync(join(installed, script), 'utf8');
      const named = [...text.matchAll(/new URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url\s*\)/g)].map(
        (match) => match[1] ?? '',
      );
      assert.ok(named.includes('./shared.worker.js'), named.join());
      assert.ok(named.includes('./dedicated.worker.js'), named.join());
      for (const path of named) assert.ok(existsSync(join(installed, 'dist', path)), path);
    });
  }

  it('has scripts that stand alone, but for Lit in the one for bundlers', () => {
    for (const script of SCRIPTS) {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(installed, script), 'utf8'), true, true);
      const foreign = importedFiles.filter(
        ({ fileName }) => !(script === 'dist/element.js' && /^lit(\/|$)/.test(fileName)),
      );
      assert.deepEqual(foreign, [], script);
    }
  });

  it('transcribes with its own command and its own model', () => {
    const clip = join(root, 'test/fixtures/clips/en_espeak_0.wav');
    const output = execFileSync(process.execPath, [join(installed, 'dist/cli.js'), 'transcribe', clip], {
      encoding: 'utf8',
    });
    assert.equal(output.trim(), 'two two light number');
  });

  it('stays within its size', () => {
    for (const [script, most] of Object.entries(BUDGET)) {
      const bytes = gzipSync(readFileSync(join(installed, script))).length;
      assert.ok(bytes <= most, `${script} is ${bytes} bytes after gzip, at most ${most}`);
    }
  });
});

/** Runs a script in Node; what it printed is the failure's message. */
function run(...args: string[]): void {
  try {
    execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout: string; stderr: string };
    assert.fail(`${args.join(' ')}\n${stdout}${stderr}`);
  }
}
