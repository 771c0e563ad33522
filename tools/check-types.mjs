/**
 * Checks types and lints, with one TypeScript program for both: parsing and checking the sources is most of their work.
 * `--only FILES` lints just these.
 */
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const format = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};

const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail };
const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, host);
const program = ts.createProgram({
  rootNames: fileNames,
  options,
  host: ts.createCompilerHost(options, true), // ESLint's rules walk from a node to its parents
  configFileParsingDiagnostics: errors,
});
const diagnostics = ts.getPreEmitDiagnostics(program);
if (diagnostics.length > 0) console.log(ts.formatDiagnostics(diagnostics, format));

const eslint = new ESLint({
  cwd: root,
  warnIgnored: false,
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const [flag, ...only] = process.argv.slice(2);
const files = flag === '--only' ? only : ['.'];
const results = files.length === 0 ? [] : await eslint.lintFiles(files);
const problems = results.filter(({ errorCount, warningCount }) => errorCount + warningCount > 0);
if (problems.length > 0) console.log(await (await eslint.loadFormatter('stylish')).format(problems));

console.log(`${fileNames.length} files have types, ${results.length} are linted`);
process.exitCode = diagnostics.length + problems.length === 0 ? 0 : 1;

function fail(diagnostic) {
  console.error(ts.formatDiagnostic(diagnostic, format));
  process.exit(1);
}
