/** The contenders that run in this process: our kernels in Node, and llama.cpp's native build through node-llama-cpp. */
import { pathToFileURL } from 'node:url';
import type { LanguageModel } from '../../src/lm/language-model.js';
import type { Mimi } from '../../src/mimi/mimi.js';
import type { Peers } from './install.js';
import { mimiTurn, stepTurn } from './our-turns.js';
import type { Contender } from './rounds.js';

const STEPS = 12;
const FRAMES = 24;

export const ownCpuMs = (): Promise<number> => {
  const { user, system } = process.cpuUsage();
  return Promise.resolve((user + system) / 1000);
};

export function ourNodeContenders({ lm, mimi, build }: { lm: LanguageModel; mimi: Mimi; build: string }): Contender[] {
  const shared = {
    name: `ours, Node ${process.versions.node}, ${build} build`,
    place: 'Node',
    side: 'ours',
  } as const;
  return [
    { ...shared, work: 'LM step', units: STEPS, turn: stepTurn(lm, STEPS), cpuMs: ownCpuMs },
    { ...shared, work: 'Mimi frame', units: FRAMES, turn: mimiTurn(mimi, FRAMES), cpuMs: ownCpuMs },
  ];
}

/** The part of node-llama-cpp that is used here. */
interface NodeLlamaCpp {
  getLlama(options: {
    gpu: false;
    build: 'never';
    skipDownload: true;
    progressLogs: false;
    maxThreads: number;
    logLevel: 'error';
  }): Promise<Llama>;
}
interface Llama {
  loadModel(options: { modelPath: string }): Promise<{ createContext(options: ContextOptions): Promise<Context> }>;
  dispose(): Promise<void>;
}
interface ContextOptions {
  readonly contextSize: number;
  readonly threads: number;
}
interface Context {
  readonly currentThreads: number;
  getSequence(): Sequence;
}
interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: number[], options: { temperature: number }): AsyncGenerator<number>;
}

/** Length of its window: much more than a turn needs, too little to use much memory. */
const WINDOW = 256;
const BEGIN = 1;

/** One token after another, greedily, from an empty window; one thread. */
export async function llamaContender(
  peers: Peers,
  modelPath: string,
): Promise<{ contender: Contender; dispose: () => Promise<void> }> {
  const peer = (await import(pathToFileURL(peers.resolve('node-llama-cpp')).href)) as NodeLlamaCpp;
  const llama = await peer.getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    maxThreads: 1,
    logLevel: 'error',
  });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: WINDOW, threads: 1 });
  if (context.currentThreads !== 1) throw new Error(`llama.cpp found ${context.currentThreads} threads, expected 1`);
  const sequence = context.getSequence();
  const turn = async (): Promise<number[]> => {
    await sequence.clearHistory();
    const took: number[] = [];
    let tokens = 0;
    let last = performance.now();
    for await (const token of sequence.evaluate([BEGIN], { temperature: 0 })) {
      const now = performance.now();
      if (!Number.isInteger(token)) throw new Error(`llama.cpp chose ${token}, expected a token`);
      if (tokens++ > 0) took.push(now - last); // the first one's time holds the setting up
      last = now;
      if (tokens === STEPS) break;
    }
    return took;
  };
  const contender: Contender = {
    name: `llama.cpp, native, ${peers.describe('node-llama-cpp')}`,
    work: 'LM step',
    place: 'native',
    side: 'theirs',
    units: STEPS,
    turn,
    cpuMs: ownCpuMs,
  };
  return { contender, dispose: () => llama.dispose() };
}
