/** Tests that the snippets of docs/frameworks.md pass the type check, build, and transcribe. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transcribesMicrophone, serve } from './built-page.js';
import { consumers, ROOT, run } from './installed.js';

const DOCUMENT = readFileSync(join(ROOT, 'docs/frameworks.md'), 'utf8');
const SHELL = fileURLToPath(new URL('consumers/page/index.html', import.meta.url));

interface Snippet {
  readonly language: string;
  /** The file name after the language, if there is one. */
  readonly file: string | undefined;
  readonly code: string;
}

/** The snippets under a heading of the document. */
function snippets(heading: string): Snippet[] {
  const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^```(\w+)(?: ([\w.-]+))?\n([^]*?)^```/gm)].map((match) => ({
    language: match[1] ?? '',
    file: match[2],
    code: match[3] ?? '',
  }));
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    jsx: 'react-jsx',
    strict: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  },
  include: ['*'],
};

/** The main module of each framework's page. */
const MAINS = {
  react: `import { createRoot } from 'react-dom/client';
    import { createElement } from 'react';
    import { Dictation } from './app.tsx';
    createRoot(document.getElementById('app')).render(createElement(Dictation));`,
  vue: `import { createApp } from 'vue';
    import App from './app.vue';
    createApp(App).mount('#app');`,
  svelte: `import { mount } from 'svelte';
    import App from './app.svelte';
    mount(App, { target: document.getElementById('app') });`,
};

describe('docs/frameworks.md', () => {
  let folder: string;

  before(() => {
    ({ folder } = consumers());
  });

  it('shows a React component that passes the type check and transcribes', async () => {
    const project = create('react', snippets('React'), 'tsx');
    check([join(ROOT, 'node_modules/typescript/bin/tsc')], project);
    const wrong = [
      '<kyutai-stt model={1} />',
      '<kyutai-stt state="ready" />',
      '<kyutai-stt onTranscript={() => {}} />',
    ];
    for (const [index, element] of wrong.entries())
      writeFileSync(join(project, `wrong${index}.tsx`), `export const wrong${index} = ${element};`);
    const namesAll = (error: Error): boolean => /wrong0[^]*wrong1[^]*wrong2/.test(error.message);
    assert.throws(() => check([join(ROOT, 'node_modules/typescript/bin/tsc')], project), namesAll);
    await buildAndTranscribe(project);
  });

  it('shows the component that is tested with server rendering', () => {
    const shown = snippets('React').find(({ file }) => file === 'client-only.ts')?.code;
    assert.equal(shown, readFileSync(join(ROOT, 'test/browser/element/client-only.ts'), 'utf8'));
  });

  it('shows the lines with which react-speech-recognition is tested', () => {
    const [polyfill] = snippets('React').filter(({ language }) => language === 'jsx');
    const tested = readFileSync(join(ROOT, 'test/package/consumers/react/source.jsx'), 'utf8');
    const lines = polyfill?.code.split('\n').filter(Boolean) ?? [];
    assert.ok(lines.length >= 3);
    for (const line of lines.filter((text) => !text.startsWith('import SpeechRecognition')))
      assert.ok(tested.includes(line), line);
  });

  it('shows a Vue component that passes the type check and transcribes', async () => {
    const project = create('vue', snippets('Vue'), 'vue');
    check([join(folder, 'node_modules/vue-tsc/bin/vue-tsc.js')], project);
    await buildAndTranscribe(project);
  });

  it('shows a Svelte component that passes the type check and transcribes', async () => {
    const project = create('svelte', snippets('Svelte'), 'svelte');
    writeFileSync(
      join(project, 'vite.config.ts'),
      "import { svelte } from '@sveltejs/vite-plugin-svelte';\nexport default { plugins: [svelte()] };\n",
    );
    const args = ['--workspace', project, '--tsconfig', 'tsconfig.json', '--fail-on-warnings', '--output', 'machine'];
    run([join(folder, 'node_modules/svelte-check/bin/svelte-check'), ...args], project);
    await buildAndTranscribe(project);
  });

  function create(name: keyof typeof MAINS, found: readonly Snippet[], language: string): string {
    const project = join(folder, 'projects', `framework-${name}`);
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    const [app] = found.filter((snippet) => snippet.language === language);
    assert.ok(app, `docs/frameworks.md has no ${language} under ${name}`);
    writeFileSync(join(project, `app.${language}`), app.code);
    for (const { file, code } of found) if (file) writeFileSync(join(project, file), code);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    writeFileSync(join(project, 'main.js'), MAINS[name]);
    const html = readFileSync(SHELL, 'utf8').replace(/ *<kyutai-stt[^]*?<\/kyutai-stt>/, '  <div id="app"></div>');
    writeFileSync(join(project, 'index.html'), html);
    return project;
  }

  function check([script = '']: string[], project: string): void {
    run([script, '--noEmit', '-p', join(project, 'tsconfig.json')], project);
  }

  async function buildAndTranscribe(project: string): Promise<void> {
    run([join(folder, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn', '--base', './'], project);
    await serve(join(project, 'dist'), transcribesMicrophone);
  }
});
