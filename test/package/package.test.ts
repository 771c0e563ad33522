/** The package as published: packed, unpacked elsewhere, and used from there. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { consumers, pack, readManifest, ROOT as root, run, unpack, type Manifest } from './installed.js';

const SCRIPTS = [
  'dist/capture.worklet.js',
  'dist/client.core.js',
  'dist/client.js',
  'dist/dedicated.worker.js',
  'dist/element.hotkey.js',
  'dist/element.js',
  'dist/element.open-lanes.js',
  'dist/element.spoken-commands.js',
  'dist/element.transcript-editor.js',
  'dist/element.wake-lock.js',
  'dist/index.js',
  'dist/kyutai-stt.bundle.js',
  'dist/kyutai-stt.js',
  'dist/shared.worker.js',
  'dist/speech-recognition.js',
  'dist/verify.worker.js',
];

/**
 * The imports that each script of the page may have: the file that all share, Lit if the consumer provides it, and what an
 * attribute asks for.
 */
const MAY_IMPORT: Record<string, RegExp> = {
  'dist/client.js': /^\.\/client\.core\.js$/,
  'dist/element.js': /^(\.\/(client\.core|element\.[\w-]+)\.js|lit(\/.+)?)$/,
  'dist/element.open-lanes.js': /^\.\/client\.core\.js$/,
  'dist/index.js': /^\.\/(client\.core|element|speech-recognition)\.js$/,
  'dist/kyutai-stt.js': /^\.\/(client\.core|speech-recognition|element\.[\w-]+)\.js$/,
  'dist/speech-recognition.js': /^\.\/client\.core\.js$/,
};

/** An entry that is nothing when types are taken away. */
const TYPES_ONLY = './react';

/** Bytes after gzip; a page pays for these before the model. */
const BUDGET = [
  { scripts: ['dist/kyutai-stt.js', 'dist/client.core.js', 'dist/speech-recognition.js'], most: 87_000 },
  { scripts: ['dist/element.js', 'dist/client.core.js'], most: 76_000 }, // and Lit
  { scripts: ['dist/client.js', 'dist/client.core.js'], most: 25_850 },
  { scripts: ['dist/speech-recognition.js', 'dist/client.core.js'], most: 29_950 },
  { scripts: ['dist/kyutai-stt.bundle.js'], most: 98_500 },
  { scripts: ['dist/element.hotkey.js'], most: 3_000 },
  { scripts: ['dist/element.spoken-commands.js'], most: 3_000 },
  { scripts: ['dist/element.transcript-editor.js'], most: 3_450 },
  { scripts: ['dist/element.wake-lock.js'], most: 700 },
  { scripts: ['dist/capture.worklet.js'], most: 6_000 },
  { scripts: ['dist/dedicated.worker.js'], most: 134_000 },
  { scripts: ['dist/shared.worker.js'], most: 133_600 },
];

/** What each script offers by name, types left out. */
const CLIENT_NAMES = [
  'DEFAULT_MODEL',
  'EMBEDDED_MODEL',
  'SttClient',
  'SttError',
  'SttStream',
  'available',
  'chooseMicrophone',
  'chosenMicrophone',
  'createSource',
  'install',
  'installed',
  'microphones',
  'textOf',
  'uninstall',
  'wordsOf',
];
const RECOGNITION_NAMES = [
  'KyutaiSpeechRecognition',
  'KyutaiSpeechRecognitionAlternative',
  'KyutaiSpeechRecognitionErrorEvent',
  'KyutaiSpeechRecognitionEvent',
  'KyutaiSpeechRecognitionPhrase',
  'KyutaiSpeechRecognitionResult',
  'KyutaiSpeechRecognitionResultList',
];
const OFFERED: Record<string, readonly string[]> = {
  'kyutai-stt': [...CLIENT_NAMES, ...RECOGNITION_NAMES, 'KyutaiSttElement', 'registerStrings'],
  'kyutai-stt/element.js': ['KyutaiSttElement', 'registerStrings'],
  'kyutai-stt/client.js': CLIENT_NAMES,
  'kyutai-stt/speech-recognition.js': [...RECOGNITION_NAMES, 'SttError'],
};

describe('the package', () => {
  let folder: string;
  let installed: string;
  let files: readonly string[];
  let manifest: Manifest;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    const tarball = pack(folder);
    files = tarball.files;
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    installed = unpack(tarball, modules);
    manifest = readManifest(join(installed, 'package.json'));
    // Lit, and what types are checked with. Whatever else is imported has to be in the package.
    for (const name of ['lit', 'lit-html', 'lit-element', '@lit', '@types'])
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('contains the built scripts, their types, the demo model and the documents, and nothing else', () => {
    const known =
      /^(dist\/cli\d*(\.[\w-]+)?\.js|dist\/types\/.+\.d\.ts|dist\/models\/[\w.-]+\.gguf|dist\/THIRD-PARTY\.txt|dist\/libav-[\w.-]+\.wasm\.(mjs|wasm)|dist\/[\w.-]+\.js\.map|dist\/(custom-elements|vscode\.html-custom-data|web-types)\.json|docs\/.+\.(md|png|json)|dist\/reference\/[\w.-]+\.(json|flac)|(models|reference)\/README\.md|package\.json|(README|CHANGELOG|CONTRIBUTING)\.md|LICENSE)$/;
    assert.deepEqual(
      files.filter((file) => !known.test(file)),
      SCRIPTS,
    );
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) assert.ok(files.includes(file), file);
    assert.equal(files.filter((file) => file.endsWith('.gguf')).length, 1);
  });

  it('brings Lit and nothing else', () => {
    assert.deepEqual(Object.keys(manifest.dependencies), ['lit']);
  });

  it('has no dead link or image in its documents', () => {
    const dead = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) => {
        const text = readFileSync(join(installed, file), 'utf8').replace(/```[^]*?```|`[^`\n]*`/g, '');
        return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
          .map((match) => (match[1] ?? '').replace(/#.*/, ''))
          .filter((target) => target !== '' && !/^\w+:/.test(target))
          .filter((target) => !existsSync(join(installed, dirname(file), target)))
          .map((target) => `${file}: ${target}`);
      });
    assert.deepEqual(dead, []);
  });

  it('ships the licence of every package whose code it contains', () => {
    const notices = readFileSync(join(installed, 'dist/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['lit-html', 'lit-element', '@lit/reactive-element', 'pbf', 'node-forge', '@huggingface/gguf'])
      assert.match(notices, new RegExp(`^${name} \\d`, 'm'), name);
    assert.match(notices, /Copyright \(c\) \d+ Google LLC/);
    assert.match(notices, /Neither the name of/);
    for (const entry of notices.split(/^-{80}$/m).slice(1)) {
      const [title = ''] = entry.trim().split('\n');
      assert.match(entry, /^Licence: (MIT|ISC|Apache-2\.0|BSD-3-Clause|BSD-2-Clause|LGPL-2\.1)$/m, title);
      assert.match(entry, /copyright|licen[cs]e/i, title);
      assert.ok(entry.length > 400, `${title} has no licence text`);
    }
    // Each script that contains some of it says where the notices are.
    for (const script of ['dist/kyutai-stt.js', 'dist/kyutai-stt.bundle.js', 'dist/dedicated.worker.js'])
      assert.match(readFileSync(join(installed, script), 'utf8').slice(0, 300), /THIRD-PARTY\.txt/, script);
    for (const match of notices.matchAll(/^In: (.*)$/gm))
      for (const file of (match[1] ?? '').split(', ')) assert.ok(existsSync(join(installed, 'dist', file)), file);
  });

  it('has source maps that lead to the sources', () => {
    for (const script of SCRIPTS) {
      const map = JSON.parse(readFileSync(join(installed, `${script}.map`), 'utf8')) as {
        sources: string[];
        sourcesContent: (string | null)[];
      };
      assert.match(readFileSync(join(installed, script), 'utf8').slice(-200), /sourceMappingURL=/, script);
      assert.ok(
        map.sources.some((source, i) => /src\/.*\.ts$/.test(source) && map.sourcesContent[i] !== null) ||
          map.sources.length === 0,
        script,
      );
      assert.ok(
        map.sources.every((source, i) => !source.includes('build/') || map.sourcesContent[i] === null),
        script,
      );
    }
  });

  it('describes the element for editors', () => {
    const html = readJson('dist/vscode.html-custom-data.json') as {
      tags: { name: string; attributes: { name: string; values?: { name: string }[]; valueSet?: string }[] }[];
    };
    const attributes = new Map(html.tags[0]?.attributes.map((attribute) => [attribute.name, attribute]));
    assert.deepEqual(
      attributes.get('mode')?.values?.map(({ name }) => name),
      ['captions', 'transcript', 'button'],
    );
    assert.equal(attributes.get('required')?.valueSet, 'v');
    const types = readJson('dist/web-types.json') as {
      name: string;
      version: string;
      contributions: { html: { elements: { name: string; attributes: { name: string }[] }[] } };
    };
    const { version } = readJson('package.json') as { version: string };
    assert.deepEqual([types.name, types.version], ['kyutai-stt', version]);
    assert.deepEqual(
      types.contributions.html.elements[0]?.attributes.map(({ name }) => name),
      [...attributes.keys()],
    );
  });

  it('prints its version', () => {
    const { version } = readJson('package.json') as { version: string };
    assert.equal(run([join(installed, 'dist/cli.js'), '--version']).trim(), version);
  });

  it('has every file that its exports name', () => {
    for (const [name, target] of Object.entries(manifest.exports)) {
      if (name.includes('*')) continue;
      for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
        assert.ok(existsSync(join(installed, path)), `${name} → ${path}`);
      }
    }
    for (const path of Object.values(manifest.bin)) assert.ok(existsSync(join(installed, path)), path);
  });

  it('resolves every export by its public name', () => {
    const names = Object.keys(manifest.exports)
      .filter((name) => name !== TYPES_ONLY)
      .map((name) => name.replace('*', 'demo-en_fr-q4_0.gguf'));
    const script = `for (const name of ${JSON.stringify(names)}) console.log(import.meta.resolve('kyutai-stt' + name.slice(1)));`;
    const file = join(folder, 'resolve.mjs');
    writeFileSync(file, script);
    const resolved = run([file]).trim().split('\n');
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
          "import { KyutaiSttElement } from 'kyutai-stt/element.js';",
          "import { KyutaiSpeechRecognition } from 'kyutai-stt/speech-recognition.js';",
          "import type { KyutaiSttProps } from 'kyutai-stt/react';",
          'export class Mine extends KyutaiSttElement {}',
          "export const props: KyutaiSttProps = { model: 'demo', ontranscript: ({ detail }) => console.log(detail.text) };",
          "export const recogniser = new KyutaiSpeechRecognition({ model: 'demo' });",
          'recogniser.onresult = ({ results }) => console.log(results[0]?.[0]?.transcript satisfies string | undefined);',
          "KyutaiSpeechRecognition.available({ langs: ['fr'] }).then((status) => status === 'available', console.error);",
          '// @ts-expect-error: an error has a name',
          'recogniser.onerror = ({ error }) => error satisfies number;',
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
      run([join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
    });
  }

  for (const [name, offered] of Object.entries(OFFERED)) {
    it(`exports ${name} outside a page, as for server-side rendering`, () => {
      const found = inNode(`console.log(JSON.stringify(Object.keys(await import('${name}'))));`);
      assert.deepEqual((JSON.parse(found) as string[]).sort(), [...offered].sort());
    });
  }

  it('tests every script for a page outside a page', () => {
    const typed = Object.entries(manifest.exports).filter(
      ([, target]) => typeof target === 'object' && 'default' in target && !target['types']?.endsWith('/script.d.ts'),
    );
    assert.deepEqual(
      typed.map(([name]) => `kyutai-stt${name.slice(1)}`),
      Object.keys(OFFERED),
    );
  });

  for (const script of ['kyutai-stt.js', 'kyutai-stt.bundle.js']) {
    it(`imports ${script} outside a page`, () => {
      inNode(`await import('./node_modules/kyutai-stt/dist/${script}');`);
    });
  }

  it('reports what needs a page as unsupported outside of one', () => {
    const found = inNode(
      [
        "import * as stt from 'kyutai-stt';",
        'const port = new MessageChannel().port1;',
        'const calls = [',
        '  () => stt.install(), () => stt.uninstall(), () => stt.installed(), () => new stt.SttClient().load(),',
        "  () => stt.createSource().start(port), () => stt.createSource('tab').start(port),",
        "  () => stt.createSource('a.wav').start(port), () => stt.createSource(new ArrayBuffer(8)).start(port),",
        '];',
        "const codes = await Promise.all(calls.map((call) => call().then(() => 'none', (cause) => cause.code ?? String(cause))));",
        "const { status, code } = await stt.KyutaiSttElement.available({ model: 'demo' });",
        "const recognition = await stt.KyutaiSpeechRecognition.available({ langs: ['en'] }).catch((cause) => cause.name);",
        'console.log(JSON.stringify([codes, status, code, recognition, await stt.microphones()]));',
        'process.exit();',
      ].join('\n'),
    );
    const expected = [Array(8).fill('unsupported'), 'unavailable', 'unsupported', 'InvalidStateError', []];
    assert.deepEqual(JSON.parse(found), expected);
  });

  it('creates a client outside a page', () => {
    inNode("import { SttClient } from 'kyutai-stt/client.js'; new SttClient();");
  });

  it('has one SttError and one element class in all entries', () => {
    const same = inNode(
      [
        "import * as all from 'kyutai-stt';",
        "import * as client from 'kyutai-stt/client.js';",
        "import * as element from 'kyutai-stt/element.js';",
        'console.log(all.SttError === client.SttError, all.KyutaiSttElement === element.KyutaiSttElement);',
      ].join('\n'),
    );
    assert.equal(same.trim(), 'true true');
  });

  it('names its workers, its worklet and its model beside the script, where bundlers look', () => {
    const text = readFileSync(join(installed, 'dist/client.core.js'), 'utf8');
    const named = [...text.matchAll(/new URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url\s*\)/g)].map(
      (match) => match[1] ?? '',
    );
    const files = ['./capture.worklet.js', './dedicated.worker.js', './models/', './shared.worker.js'];
    for (const file of files)
      assert.ok(
        named.some((path) => path.startsWith(file)),
        `${file} is not among ${named.join()}`,
      );
    for (const path of named) assert.ok(existsSync(join(installed, 'dist', path)), path);
  });

  it('has scripts that import nothing but what the entries of a page share', () => {
    for (const script of SCRIPTS) {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(installed, script), 'utf8'), true, true);
      const foreign = importedFiles.filter(({ fileName }) => !MAY_IMPORT[script]?.test(fileName));
      assert.deepEqual(foreign, [], script);
    }
  });

  it('transcribes with its command and its model', () => {
    const clip = join(root, 'test/fixtures/clips/en_espeak_0.wav');
    const output = run([join(installed, 'dist/cli.js'), 'transcribe', clip]);
    assert.equal(output.trim(), 'two two light number');
  });

  it('verifies its model, without the optional package for the GPU', () => {
    // As installed, outside of this tree, where Node finds no other package.
    const output = run([join(installed, 'dist/cli.js'), 'verify']);
    assert.match(output, /1536 of 1536 \(100\.0 %\) codes equal/);
    assert.match(output, /GPU not checked: the package webgpu is not installed \(npm install webgpu\)\./);
    assert.match(output, /Verification passed\.\n$/);
  });

  it('passes publint and attw', () => {
    const { folder: consuming, tarball } = consumers();
    const publint = run(
      [join(consuming, 'node_modules/publint/src/cli.js'), 'run', tarball.path, '--strict'],
      consuming,
    );
    assert.match(publint, /All good!/);
    const attw = join(consuming, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const report = run([attw, tarball.path, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'], consuming);
    for (const name of Object.keys(manifest.exports)) assert.ok(report.includes(`kyutai-stt${name.slice(1)}`), name);
  });

  it('stays within its size', () => {
    for (const { scripts, most } of BUDGET) {
      const bytes = scripts.reduce((sum, script) => sum + gzipSync(readFileSync(join(installed, script))).length, 0);
      assert.ok(bytes <= most, `${scripts.join(' + ')}: ${bytes} bytes after gzip, at most ${most}`);
    }
  });

  function readJson(path: string): unknown {
    return JSON.parse(readFileSync(join(installed, path), 'utf8'));
  }

  /** Runs a module in plain Node beside the installed package, and returns its output. */
  function inNode(code: string): string {
    const file = join(folder, 'consumer.mjs');
    writeFileSync(file, code);
    return run([file]);
  }
});
