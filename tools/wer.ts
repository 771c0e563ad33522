/** Word errors of the demo model on the fixture clips: the official implementation's, and ours. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countEdits, errorsIn } from '../src/text/edit-counts.js';
import { wordsOf } from '../src/cli/eval/score.js';
import { openModelFromPath } from '../src/cli/open-model-from-path.js';
import { readAudio } from '../src/cli/read-audio.js';
import { transcribeSamples } from '../src/cli/transcribe-samples.js';
import { Engine } from '../src/engine/engine.js';

const USAGE = `npx tsx tools/wer.ts [MODEL…]

Transcribes every clip of test/fixtures/clips and counts word errors against what was said.
Default models: test/fixtures/demo (F32) and models/demo-en_fr-q4_0.gguf.`;

const root = new URL('../', import.meta.url);
const clips = new URL('test/fixtures/clips/', root);

interface Clip {
  readonly name: string;
  readonly reference: string;
  readonly official_text: string;
  readonly official_q4_text: string;
}

interface Column {
  readonly title: string;
  readonly texts: readonly string[];
}

async function transcribeAll(path: string, names: readonly string[]): Promise<string[]> {
  const engine = await Engine.load(await openModelFromPath(path), {
    yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  });
  const texts: string[] = [];
  for (const name of names) {
    const samples = await readAudio(fileURLToPath(new URL(`${name}.wav`, clips)), engine.sampleRate);
    texts.push((await transcribeSamples(engine, [samples])).text);
  }
  engine.dispose();
  return texts;
}

function print(list: readonly Clip[], columns: readonly Column[]): void {
  const totals = columns.map(() => 0);
  const titles = columns.flatMap(({ title }) => [title, 'errors']);
  console.log(`| clip | reference | ${titles.join(' | ')} |`);
  console.log(`| --- | --- |${' --- | ---: |'.repeat(columns.length)}`);
  list.forEach(({ name, reference }, i) => {
    const cells = columns.flatMap(({ texts }, column) => {
      const errors = errorsIn(countEdits(wordsOf(reference), wordsOf(texts[i] ?? '')));
      totals[column] = (totals[column] ?? 0) + errors;
      return [texts[i] === reference ? '=' : texts[i], errors];
    });
    console.log(`| ${name} | ${reference} | ${cells.join(' | ')} |`);
  });
  const spoken = list.reduce((sum, { reference }) => sum + wordsOf(reference).length, 0);
  const cells = totals.flatMap((errors) => [`WER ${((100 * errors) / spoken).toFixed(1)} %`, errors]);
  console.log(`| total | ${spoken} words | ${cells.join(' | ')} |`);
}

const asked = process.argv.slice(2);
if (asked.includes('--help')) {
  console.log(USAGE);
} else {
  const list = JSON.parse(readFileSync(new URL('index.json', clips), 'utf8')) as Clip[];
  const models =
    asked.length > 0
      ? asked
      : ['test/fixtures/demo', 'models/demo-en_fr-q4_0.gguf'].map((path) => fileURLToPath(new URL(path, root)));
  const columns: Column[] = [
    { title: 'official F32', texts: list.map(({ official_text }) => official_text) },
    { title: 'official Q4_0', texts: list.map(({ official_q4_text }) => official_q4_text) },
  ];
  for (const path of models) {
    columns.push({
      title: path.replace(/.*\//, ''),
      texts: await transcribeAll(
        path,
        list.map(({ name }) => name),
      ),
    });
  }
  print(list, columns);
}
