/** What is in dist/: a worker or a worklet is one file wherever it is hosted; the page's entries share one. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { parse } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import esbuild from 'rollup-plugin-esbuild';
import { readsSourceMaps, withoutGeneratedSources } from './tools/source-maps.mjs';
import { ThirdParty } from './tools/third-party.mjs';

const thirdParty = new ThirdParty(import.meta.dirname);

/** At the head of every script that contains code of others: the notices are in one file, which belongs beside it. */
const banner = ({ isEntry, fileName, modules }) =>
  [
    ...(isEntry && fileName === 'cli.js' ? ['#!/usr/bin/env node'] : []),
    ...(Object.keys(modules).some((id) => id.includes('/node_modules/')) || /^kyutai-stt/.test(fileName)
      ? ['/*! kyutai-stt, MIT. Contains code of others; their licences are in THIRD-PARTY.txt. */']
      : []),
  ].join('\n');

/** Of every output. */
const common = { format: 'es', sourcemap: true, banner };

/**
 * The sources name a worker, a worklet, a model or a reference by its place in the tree; in dist/ they lie beside the script.
 * `new URL('./x.js', import.meta.url)` stays literal: bundlers look for exactly that.
 */
const placesBesideTheScript = {
  name: 'places-beside-the-script',
  transform(code) {
    const places =
      /new URL\(\s*(['"])(?:\.{1,2}\/)+(?:[\w-]+\/)*?((?:[\w-]+\.(?:worker|worklet)\.js)|(?:models|reference)\/[\w.-]+)\1,\s*import\.meta\.url/g;
    return { code: code.replace(places, (_, quote, file) => `new URL('./${file}', import.meta.url`), map: null };
  },
};

/**
 * Gives the copy of Lit in a bundle the policy of `src/client/script-url.ts`. A page that lists the names of its Trusted Types
 * policies refuses a second `lit-html`: either this copy or the page's own Lit would fail.
 */
const sharesThePolicy = {
  name: 'shares-the-policy',
  transform(code, id) {
    if (!id.endsWith('/lit-html/lit-html.js')) return null;
    const policy = /(\w+)\.createPolicy\("lit-html",\{createHTML:(\w+)=>\2\}\)/;
    if (!policy.test(code)) this.error('lit-html.js creates its policy in another way');
    const shared =
      '(globalThis[Symbol.for("kyutai-stt.trusted-types")]??=$1.createPolicy("kyutai-stt",{createHTML:t=>t,createScriptURL:t=>t}))';
    return { code: code.replace(policy, shared), map: null };
  },
};

/** Lit's browser build uses the page when it is imported. On a server, where there is none, an import must not fail. */
const importsWithoutPage = {
  name: 'imports-without-page',
  transform(code, id) {
    const [uses, replacement] = id.endsWith('/reactive-element/reactive-element.js')
      ? [/ extends HTMLElement\{/, ' extends(globalThis.HTMLElement??Object){']
      : id.endsWith('/lit-html/lit-html.js')
        ? [/=document,/, '=globalThis.document??{createTreeWalker:()=>({})},']
        : [];
    if (uses === undefined) return null;
    if (!uses.test(code)) this.error('Lit uses the page in another way');
    return { code: code.replace(uses, replacement), map: null };
  },
};

const copiesModels = {
  name: 'copies-models',
  writeBundle: () => copyFolder('models/', ({ ext }) => ext === '.gguf'),
};

/** What `kyutai-stt verify` compares with. */
const copiesReferences = {
  name: 'copies-references',
  writeBundle: () => copyFolder('reference/', ({ ext }) => ext === '.json' || ext === '.flac'),
};

function copyFolder(name, isWanted) {
  const from = new URL(name, import.meta.url);
  const to = new URL(`dist/${name}`, import.meta.url);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    if (isWanted(parse(file))) copyFileSync(new URL(file, from), new URL(file, to));
  }
}

/** FFmpeg's WASM and its loader lie beside the command: libav.js looks for them where its wrapper is. */
const copiesFfmpeg = {
  name: 'copies-ffmpeg',
  writeBundle() {
    const from = new URL('node_modules/@libav.js/variant-obsolete/dist/', import.meta.url);
    for (const file of readdirSync(from)) {
      if (!/\d-obsolete\.wasm\.(mjs|wasm)$/.test(file)) continue;
      copyFileSync(new URL(file, from), new URL(`dist/${file}`, import.meta.url));
      thirdParty.addPackage('@libav.js/variant-obsolete', file);
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
  esbuild({ target, tsconfig: 'tsconfig.json', minifyWhitespace: true, minifySyntax: true, legalComments: 'inline' }),
];

/** The GGUF reader imports one table from a catalogue of the hub's models, which does not say that the rest may go. */
const treeshake = { moduleSideEffects: (id) => !id.includes('/@huggingface/tasks/') };

const browserPlugins = [
  readsSourceMaps,
  nodeResolve({ browser: true, exportConditions: ['production'] }),
  ...compile('es2022'),
  thirdParty.collects,
  withoutGeneratedSources,
];

function forBrowser(input, file, { external = [], plugins = [] } = {}) {
  return {
    input,
    external,
    treeshake,
    output: { ...common, file: `dist/${file}`, inlineDynamicImports: true },
    plugins: [...browserPlugins, ...plugins],
    onwarn: failOnWarning,
  };
}

/** An SttError of one entry is an SttError to every other: what they share is in one file, `client.core.js`. */
const SHARED = 'client.core.js';

/** What the element loads when an attribute first asks for it: `element.hotkey.js` of `hotkey-controller.ts`. */
const optionalFile = (name) => `element.${name.replace(/-controller$/, '')}.js`;
const isOptional = (id) => /\/element\.[\w-]+\.js$/.test(id);

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
    ...common,
    dir: 'dist',
    entryFileNames: '[name].js',
    chunkFileNames: ({ name, isDynamicEntry }) => (isDynamicEntry ? optionalFile(name) : SHARED),
    minifyInternalExports: false,
    hoistTransitiveImports: false,
  },
  plugins: browserPlugins,
  onwarn: failOnWarning,
};

/** The same with Lit inside, for a script tag. It is made of the entries built before it. */
const scriptTag = forBrowser('dist/index.js', 'kyutai-stt.js', {
  external: (id) => /\/(client|speech-recognition)\.js$/.test(id) || id.endsWith(`/${SHARED}`) || isOptional(id),
  plugins: [sharesThePolicy, importsWithoutPage, copiesModels],
});

/**
 * The entry's names as one value. Rollup's own `exports.name = …` in a classic script makes linters of packages take the file for
 * CommonJS.
 */
const asOneValue = (entry) => ({
  name: 'as-one-value',
  resolveId: (id) => (id === 'one-value' ? id : null),
  load: (id) =>
    id === 'one-value' ? `export * as default from ${JSON.stringify(`${import.meta.dirname}/${entry}`)};` : null,
});

/** All of it in one file that needs no `type="module"`: what the package offers is in the variable `kyutaiStt`. */
const classic = {
  ...forBrowser('one-value', 'kyutai-stt.bundle.js', {
    plugins: [asOneValue('dist/index.js'), sharesThePolicy, importsWithoutPage],
  }),
  output: {
    ...common,
    file: 'dist/kyutai-stt.bundle.js',
    format: 'iife',
    exports: 'default',
    name: 'kyutaiStt',
    inlineDynamicImports: true,
  },
};

/** With its dependencies inside, so that installing the package for a page installs none of them. */
const nodePlugins = [
  nodeResolve({ exportConditions: ['node'], mainFields: ['main'], preferBuiltins: true }),
  commonjs({ ignoreTryCatch: false }),
  json(),
  ...compile('node20'),
  thirdParty.collects,
  withoutGeneratedSources,
];

const cli = {
  input: 'src/cli/main.ts',
  // The package webgpu is an optional peer: it is 100 MB of native code.
  external: (id) => id === 'webgpu' || id.startsWith('node:') || builtinModules.includes(id),
  // Subcommands stay apart, so that `--help` loads none of them; all lie beside one another, as the model does.
  output: {
    ...common,
    sourcemap: false,
    dir: 'dist',
    entryFileNames: 'cli.js',
    chunkFileNames: 'cli.[name].js',
  },
  treeshake,
  plugins: [...nodePlugins, copiesFfmpeg, copiesReferences, marksExecutable],
  onwarn: failOnWarning,
};

/** What other packages do in their own files, and works. */
const OF_OTHERS = new Set(['CIRCULAR_DEPENDENCY', 'EVAL', 'THIS_IS_UNDEFINED']);

/** A warning of today is a broken bundle of tomorrow. */
function failOnWarning(warning) {
  const files = [warning.id, warning.loc?.file, ...(warning.ids ?? []), warning.message].join(' ');
  if (files.includes('/node_modules/') && OF_OTHERS.has(warning.code)) return;
  throw new Error(`${warning.code}: ${warning.message}`);
}

/** A thread of the command line's engine. */
const cliHelper = {
  ...cli,
  input: 'src/cli/thread-script.ts',
  output: { ...common, sourcemap: false, file: 'dist/cli.thread.js' },
  plugins: [...nodePlugins, thirdParty.writes('dist/THIRD-PARTY.txt')],
};

export default [
  pageEntries,
  scriptTag,
  classic,
  forBrowser('src/worker/shared.worker.ts', 'shared.worker.js'),
  forBrowser('src/worker/dedicated.worker.ts', 'dedicated.worker.js'),
  forBrowser('src/verify/verify.worker.ts', 'verify.worker.js'),
  forBrowser('src/audio/capture.worklet.ts', 'capture.worklet.js'),
  cli,
  cliHelper,
];
