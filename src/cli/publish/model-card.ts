/** Writes the README.md of a published model: the hub's metadata, how to use the files, how they were made, what was measured. */
import type { SttConfig } from '../../model/config.js';
import { HUB } from '../../protocol/urls.js';
import { formatReport } from '../../verify/report.js';
import type { VerifiedHere } from '../verify.js';
import type { SavedRates } from './saved-rates.js';

export interface CardParts {
  /** `owner/name` on the hub. */
  readonly repo: string;
  /** The model that this one was made from, `owner/name` on the hub. */
  readonly baseModel: string;
  /** As the hub names licences, such as `cc-by-4.0`. */
  readonly license: string;
  /** ISO 639-1 codes. */
  readonly languages: readonly string[];
  readonly config: SttConfig;
  /** Types of the language model's matrices, the most frequent first. */
  readonly weights: readonly string[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** The file that pages open: the manifest. */
  readonly manifest: string;
  /** The first file of the model, or undefined for a folder in the official layout. */
  readonly gguf: string | undefined;
  /** The command that made the files, if this run did. */
  readonly command: string | undefined;
  /** How the files were made, in a sentence, if another run made them. */
  readonly method: string | undefined;
  /** Version of this package. */
  readonly version: string;
  readonly verified: VerifiedHere | undefined;
  readonly rates: readonly SavedRates[];
}

export function modelCard(parts: CardParts): string {
  const { repo, baseModel, manifest, gguf, config } = parts;
  const name = repo.replace(/^.*\//, '');
  const address = `${HUB}${repo}/resolve/main/${manifest}`;
  const { lm } = config;
  return [
    ...frontMatter(parts),
    '',
    `# ${name}`,
    '',
    `[${baseModel}](${HUB}${baseModel}) in ${parts.weights.join(' and ')}, with its codec and tokenizer, for`,
    '`<kyutai-stt>`: streaming speech-to-text that runs in the browser. No sound leaves the device.',
    '',
    '## Use',
    '',
    'In a page:',
    '',
    '```html',
    '<script type="module" src="kyutai-stt.js"></script>',
    `<kyutai-stt model="${address}"></kyutai-stt>`,
    '```',
    '',
    'On a command line, with a copy of this repository:',
    '',
    '```sh',
    `npx kyutai-stt transcribe --model ${gguf ?? '.'} recording.wav`,
    '```',
    '',
    '## Files',
    '',
    '| file | bytes |',
    '| --- | --- |',
    ...parts.files.map((file) => `| \`${file.name}\` | ${file.bytes} |`),
    '',
    `\`${manifest}\` lists the SHA-256 of each 4 MiB, so that a page verifies every chunk it downloads.`,
    '',
    '## Model',
    '',
    '| | |',
    '| --- | --- |',
    `| language model | width ${lm.dim}, ${lm.numLayers} layers of ${lm.numHeads} heads, ${lm.textCard} text tokens; window of ${(lm.context / config.mimi.frameRate).toFixed(0)} s |`,
    `| codec | Mimi's encoder, ${lm.nQ} codebooks of ${lm.card} entries, ${config.mimi.frameRate} frames a second at ${config.mimi.sampleRate} Hz |`,
    `| text behind the sound | ${lm.audioDelaySeconds} s${lm.silencePrefixSeconds > 0 ? `, after ${lm.silencePrefixSeconds} s of silence at the start` : ''} |`,
    `| pause heads | ${lm.pauseHeads === 0 ? 'none' : lm.pauseHeads} |`,
    `| weights | ${parts.weights.join(', ')} |`,
    '',
    '## How it was made',
    '',
    ...(parts.command === undefined
      ? [parts.method ?? `Published with kyutai-stt ${parts.version} from a file that was converted before.`]
      : [`Made with kyutai-stt ${parts.version} from the official checkpoint by`, '', '```sh', parts.command, '```']),
    '',
    ...verificationPart(parts),
    ...ratesPart(parts),
    '## Licence and credits',
    '',
    `The weights are those of [${baseModel}](${HUB}${baseModel}), changed only by rounding, under`,
    `\`${parts.license}\`. Architecture, codec and training: Kyutai.`,
    '',
  ].join('\n');
}

function frontMatter({ license, baseModel, languages, weights }: CardParts): string[] {
  const list = (values: readonly string[]): string[] => values.map((value) => `  - ${value}`);
  return [
    '---',
    `license: ${license}`,
    `base_model: ${baseModel}`,
    'base_model_relation: quantized',
    'language:',
    ...list(languages),
    'pipeline_tag: automatic-speech-recognition',
    'library_name: kyutai-stt',
    'tags:',
    ...list(['speech-to-text', 'streaming', 'mimi', 'gguf', ...weights.slice(0, 1)]),
    '---',
  ];
}

function verificationPart({ verified }: CardParts): string[] {
  if (!verified) return [];
  const { verification, verdict, machine } = verified;
  return [
    '## Verification',
    '',
    'Compared with the official implementation on a recording, by `kyutai-stt verify`:',
    '',
    '```',
    formatReport(verification, verdict, machine).trimEnd(),
    '```',
    '',
  ];
}

function ratesPart({ rates }: CardParts): string[] {
  if (rates.length === 0) return [];
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return [
    '## Word error rate',
    '',
    'By `kyutai-stt eval`:',
    '',
    '| test set | utterances | words | WER | substituted, inserted, deleted | CER | normaliser |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rates.map(
      ({ set, utterances, words, wer, cer, normaliser }) =>
        `| ${set} | ${utterances} | ${words.reference} | ${percent(wer)} | ${words.substitutions}, ${words.insertions}, ${words.deletions} | ${percent(cer)} | ${normaliser} |`,
    ),
    '',
  ];
}
