/** Formats a measurement for a terminal. */
import type { BenchResult } from './measure.js';
import type { Summary } from './summary.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
}

/** A few dozen lines, ending with a newline. */
export function printed(result: BenchResult, machine: Machine): string {
  const { engine, load, window, frameMs, memory, firstWord } = result;
  const rows: [string, Summary][] = [
    ['Mimi, a frame', result.mimi],
    ['LM, a step, empty window', result.lmEmpty],
    ['LM, a step, full window', result.lmFull],
    ['whole path, full window', result.path],
    ['one session, empty window', result.sessions.one],
    ['two sessions, both', result.sessions.two],
  ];
  const facts: [string, string][] = [
    ...(engine.fewerThreads === undefined ? [] : [['threads', engine.fewerThreads] as [string, string]]),
    ['real time', `factor ${result.rtf.toFixed(3)} at a full window (a frame is ${frameMs} ms)`],
    ['two at once', `${result.sessions.ratio.toFixed(2)} times the time of one session`],
    [
      'first word',
      `${ms(firstWord.delayMs + firstWord.computeMs)} after it begins: ${firstWord.frames} frames, ${ms(firstWord.delayMs)}, and ${ms(firstWord.computeMs)} to compute`,
    ],
    ['loading', `open ${ms(load.openMs)}, prepare ${ms(load.prepareMs)}, first frame ${ms(load.firstFrameMs)}`],
    [
      'memory',
      `tensors ${mb(memory.modelBytes)}, WebAssembly ${mb(memory.wasmBytes)}, process peak ${mb(memory.loadedRssBytes)} after loading, ${mb(memory.peakRssBytes)} overall`,
    ],
  ];
  return [
    `${engine.model} on ${engine.backend}, ${engine.build} build, ${result.threads} thread${result.threads === 1 ? '' : 's'}, window of ${window} frames`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}`,
    '',
    `${'ms'.padEnd(26)}${['p50', 'p95', 'p99', 'max', 'mean', 'count'].map((name) => name.padStart(8)).join('')}`,
    ...rows.map(([name, { p50, p95, p99, max, mean, count }]) => {
      const cells = [p50, p95, p99, max, mean].map((value) => value.toFixed(2).padStart(8));
      return `${name.padEnd(26)}${cells.join('')}${String(count).padStart(8)}`;
    }),
    '',
    ...facts.map(([name, value]) => `${name.padEnd(12)}${value}`),
    '',
  ].join('\n');
}

function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
