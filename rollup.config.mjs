/** What is in dist/: a worker or a worklet is one file wherever it is hosted; the page's entries share one. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import esbuild from 'rollup-plugin-esbuild';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const isDependency = (id) => Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`));

/**
 * The sources name a worker, a worklet or a model by its place in the tree; in dist/ they lie beside the script.
 * `new URL('./x.js', import.meta.url)` stays literal: bundlers look for exactly that.
 */
const placesBesideTheScript = {
  name: 'places-beside-the-script',
  transform(code) {
    const places =
      /new URL\(\s*(['"])(?:\.{1,2}\/)+(?:[\w-]+\/)*?((?:[\w-]+\.(?:worker|worklet)\.js)|models\/[\w.-]+)\1,\s*import\.meta\.url/g;
    return { code: code.replace(places, (_, quote, file) => `new URL('./${file}', import.meta.url`), map: null };
  },
};

const copiesModels = {
  name: 'copies-models',
  writeBundle() {
    const from = new URL('models/', import.meta.url);
    const to = new URL('dist/models/', import.meta.url);
    mkdirSync(to, { recursive: true });
    for (const file of readdirSync(from)) {
      if (file.endsWith('.gguf')) copyFileSync(new URL(file, from), new URL(file, to));
    }
  },
};

/** FFmpeg's WASM and its loader lie beside the command: libav.js looks for them where its wrapper is. */
const copiesFfmpeg = {
  name: 'copies-ffmpeg',
  writeBundle() {
    const from = new URL('node_modules/@libav.js/variant-obsolete/dist/', import.meta.url);
    for (const file of readdirSync(from)) {
      if (/\d-obsolete\.wasm\.(mjs|wasm)$/.test(file))
        copyFileSync(new URL(file, from), new URL(`dist/${file}`, import.meta.url));
    }
  },
};

const marksExecutable = {
  name: 'marks-executable',
  writeBundle: () => chmodSync('dist/cli.js', 0o755),
};

/** Whitespace goes, names stay: a stack trace from dist/ can be read. */
const compile = (target) => [
  placesBesideTheScript,
  esbuild({ target, tsconfig: 'tsconfig.json', minifyWhitespace: true, minifySyntax: true, legalComments: 'none' }),
];

/** The GGUF reader imports one table from a catalogue of the hub's models, which does not say that the rest may go. */
const treeshake = { moduleSideEffects: (id) => !id.includes('/@huggingface/tasks/') };

const browserPlugins = [nodeResolve({ browser: true, exportConditions: ['production'] }), ...compile('es2022')];

function forBrowser(input, file, { external = [], plugins = [] } = {}) {
  return {
    input,
    external,
    treeshake,
    output: { file: `dist/${file}`, format: 'es', inlineDynamicImports: true },
    plugins: [...browserPlugins, ...plugins],
    onwarn: failOnWarning,
  };
}

/** An SttError of one entry is an SttError to every other: what they share is in one file, `client.core.js`. */
const SHARED = 'client.core.js';

/** With Lit left to the consumer: it has a build of its own for Node, where there is no page. */
const pageEntries = {
  input: {
    index: 'src/index.ts',
    element: 'src/element/kyutai-stt-element.ts',
    client: 'src/client/index.ts',
    'speech-recognition': 'src/client/speech-recognition/index.ts',
  },
  external: /^lit($|\/)/,
  treeshake,
  output: {
    dir: 'dist',
    entryFileNames: '[name].js',
    chunkFileNames: SHARED,
    format: 'es',
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  },
  plugins: browserPlugins,
  onwarn: failOnWarning,
};

/** The same with Lit inside, for a script tag. It is made of the entries built before it. */
const scriptTag = forBrowser('dist/index.js', 'kyutai-stt.js', {
  external: (id) => /\/(client|speech-recognition)\.js$/.test(id) || id.endsWith(`/${SHARED}`),
  plugins: [copiesModels],
});

/** All of it in one file that needs no `type="module"`: what the package offers is in the variable `kyutaiStt`. */
const classic = {
  ...forBrowser('dist/index.js', 'kyutai-stt.bundle.js'),
  output: { file: 'dist/kyutai-stt.bundle.js', format: 'iife', name: 'kyutaiStt', inlineDynamicImports: true },
};

const cli = {
  input: 'src/cli/main.ts',
  external: (id) => id.startsWith('node:') || isDependency(id),
  // Subcommands stay apart, so that `--help` loads none of them; all lie beside one another, as the model does.
  output: {
    dir: 'dist',
    entryFileNames: 'cli.js',
    chunkFileNames: 'cli.[name].js',
    format: 'es',
    banner: ({ isEntry }) => (isEntry ? '#!/usr/bin/env node' : ''),
  },
  treeshake,
  plugins: [nodeResolve({ exportConditions: ['node'] }), ...compile('node20'), copiesFfmpeg, marksExecutable],
  onwarn: failOnWarning,
};

/** A warning of today is a broken bundle of tomorrow. */
function failOnWarning(warning) {
  throw new Error(`${warning.code}: ${warning.message}`);
}

/** A thread of the command line's engine. */
const cliHelper = {
  ...cli,
  input: 'src/cli/thread-script.ts',
  output: { file: 'dist/cli.thread.js', format: 'es' },
  plugins: [nodeResolve({ exportConditions: ['node'] }), ...compile('node20')],
};

export default [
  pageEntries,
  scriptTag,
  classic,
  forBrowser('src/worker/shared.worker.ts', 'shared.worker.js'),
  forBrowser('src/worker/dedicated.worker.ts', 'dedicated.worker.js'),
  forBrowser('src/audio/capture.worklet.ts', 'capture.worklet.js'),
  cli,
  cliHelper,
];
