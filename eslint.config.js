/** Lint: types are checked strictly everywhere; the element also for Lit, custom elements and accessibility. */
import js from '@eslint/js';
import lit from 'eslint-plugin-lit';
import litA11y from 'eslint-plugin-lit-a11y';
import { configs as wc } from 'eslint-plugin-wc';
import tseslint from 'typescript-eslint';

const NODE_GLOBALS = [
  'process',
  'console',
  'URL',
  'Buffer',
  'fetch',
  'setTimeout',
  'clearTimeout',
  'performance',
  'WebAssembly',
];

const PAGE_GLOBALS = [
  'document',
  'window',
  'navigator',
  'console',
  'performance',
  'fetch',
  'URL',
  'Blob',
  'FormData',
  'TextDecoder',
  'AbortController',
  'DOMException',
  'OfflineAudioContext',
  'Worker',
  'ResizeObserver',
  'setTimeout',
  'clearTimeout',
  'getSelection',
  'crossOriginIsolated',
  'customElements',
  'Audio',
];

const forbidden = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that every place calls it the same.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
];

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'coverage/', 'out/', 'kernels/wasm/', 'test/fixtures/', 'models/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.mjs', '*.js'],
    extends: [js.configs.recommended],
    languageOptions: { globals: Object.fromEntries(NODE_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['{demo,site}/**/*.js', 'test/{browsers,e2e}/pages/**/*.js'],
    extends: [js.configs.recommended],
    languageOptions: { globals: Object.fromEntries(PAGE_GLOBALS.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['demo/sw.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['self', 'caches', 'Headers', 'Request', 'Response'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', ...forbidden],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowArray: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Returning a void call is one line instead of three.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      eqeqeq: 'error',
    },
  },
  {
    // Inner loops over typed arrays, whose bounds the loop itself states.
    files: [
      'kernels/reference/**/*.ts',
      'src/{audio,download,mimi,lm,model,text,wasm,gpu}/**/*.ts',
      'src/cli/random-model/*.ts',
      'test/**/*.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // chai's assertions are property reads; node:test's `describe` and `it` return promises the runner awaits.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['describe', 'it', 'test', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
  {
    // JSX is found in a namespace, and two function types are the only way to compare what can be written.
    files: ['src/react.ts'],
    rules: {
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/element/**/*.ts'],
    extends: [lit.configs['flat/recommended'], litA11y.configs.recommended, wc['flat/best-practice']],
  },
);
