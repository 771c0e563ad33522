/** Builds the page with webpack's defaults: no loader, no plugin. */
import { fileURLToPath } from 'node:url';
import webpack from 'webpack';

const here = fileURLToPath(new URL('.', import.meta.url));
webpack(
  {
    mode: 'production',
    context: here,
    entry: './main.js',
    output: { path: `${here}dist`, filename: 'main.js' },
    performance: { hints: false }, // a model is large
  },
  (failure, stats) => {
    console.log(failure ?? stats?.toString({ all: false, errors: true, warnings: true }));
    if (failure || stats?.hasErrors() || stats?.hasWarnings()) process.exitCode = 1;
  },
);
