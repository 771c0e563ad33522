/** Decodes an audio file piece by piece with FFmpeg, compiled to WASM: memory use does not depend on the file's length. */
import libavjs, {
  type Libav,
  type LibavFactory,
  type LibavFrame,
  type LibavPacket,
  type LibavStream,
} from '@libav.js/variant-obsolete';
import { SttError } from '../../errors.js';
import type { AudioBytes } from './audio-bytes.js';
import { pcmDecoder } from './pcm.js';
import { refusedFormat, unknownFormat, unsupportedCodec } from './refusal.js';
import { sniff, type SniffedBytes } from './sniffed-bytes.js';

/** A piece of decoded audio. */
export interface AudioBlock {
  /** One [n] f32 per channel, −1 … 1. */
  readonly channels: readonly Float32Array[];
  /** WAVE's channel mask; 0 if the file has none. */
  readonly layout: number;
  /** Hz. */
  readonly sampleRate: number;
}

/** Bytes that each read of the file asks for at least: FFmpeg asks for 32 KiB, and each request costs a task. */
const READ_SIZE = 256 * 1024;
/** Encoded bytes decoded at a time: a second of stereo PCM, half a minute of speech in Opus. */
const STEP_SIZE = 64 * 1024;
const AV_LOG_QUIET = -8;
const AVDISCARD_ALL = 48;

/** Names that say more than FFmpeg's. */
const CODEC_NAMES: ReadonlyMap<string, string> = new Map([
  ['gsm', 'GSM 06.10'],
  ['gsm_ms', 'GSM 06.10'],
]);

/** The files being read, by their names in FFmpeg's virtual file system. */
const openFiles = new Map<string, AudioBytes>();
let filesOpened = 0;
let loading: Promise<Libav> | undefined;

/**
 * The blocks of a file's first audio track. Closes `input` at the end, at an error and when the caller stops.
 *
 * @throws SttError `audio-invalid` naming the file, what was found and, for a codec that is not supported, the command that
 *   converts it
 */
export async function* decodeBlocks(input: AudioBytes): AsyncGenerator<AudioBlock, void, undefined> {
  try {
    if (input.size === 0) throw new SttError('audio-invalid', `${input.name} is empty (0 bytes)`);
    const libav = await (loading ??= load());
    const source = await sniff(input);
    if (source.head.length === 0) throw empty(source);
    const refused = refusedFormat(source.name, source.head);
    if (refused) throw refused;
    const file = `audio-${filesOpened++}`;
    openFiles.set(file, source);
    try {
      if (source.size === undefined) await libav.mkreaderdev(file);
      else await libav.mkblockreaderdev(file, source.size);
      yield* decodeFile(libav, file, source);
    } finally {
      openFiles.delete(file);
      await libav.unlink(file);
    }
  } finally {
    await input.close();
  }
}

async function load(): Promise<Libav> {
  const { base, VER, CONFIG } = libavjs;
  const { default: factory } = (await import(`${base}/libav-${VER}-${CONFIG}.wasm.mjs`)) as { default: LibavFactory };
  const libav = await libavjs.LibAV({
    noworker: true,
    // FFmpeg's messages would mix with the command's.
    factory: (options) => factory({ ...options, print: ignore, printErr: ignore }),
  });
  await libav.av_log_set_level(AV_LOG_QUIET);
  libav.onblockread = async (file, position, length) => {
    const bytes = await openFiles.get(file)?.read(position, Math.max(length, READ_SIZE));
    await libav.ff_block_reader_dev_send(file, position, bytes ?? null);
  };
  libav.onread = async (file, position) => {
    const bytes = await openFiles.get(file)?.read(position, READ_SIZE);
    await libav.ff_reader_dev_send(file, bytes?.length ? bytes : null);
  };
  return libav;
}

async function* decodeFile(
  libav: Libav,
  file: string,
  source: SniffedBytes,
): AsyncGenerator<AudioBlock, void, undefined> {
  const [context, streams] = await libav.ff_init_demuxer_file(file).catch(() => {
    throw source.error ?? unknownFormat(source.name, source.head);
  });
  try {
    const stream = streams.find(({ codec_type }) => codec_type === libav.AVMEDIA_TYPE_AUDIO);
    if (!stream) throw new SttError('audio-invalid', `${source.name} has no audio track`);
    for (const other of streams) if (other !== stream) await libav.AVStream_discard_s(other.ptr, AVDISCARD_ALL);
    let samples = 0;
    for await (const block of decodeStream(libav, context, stream, source)) {
      samples += block.channels[0]?.length ?? 0;
      yield block;
    }
    if (source.error) throw source.error;
    if (samples === 0) throw empty(source);
  } finally {
    await libav.avformat_close_input_js(context);
  }
}

async function* decodeStream(
  libav: Libav,
  context: number,
  stream: LibavStream,
  source: SniffedBytes,
): AsyncGenerator<AudioBlock, void, undefined> {
  const decoder = await openDecoder(libav, stream, source);
  const packet = await libav.av_packet_alloc();
  try {
    for (let more = true; more;) {
      const [result, packets] = await libav.ff_read_frame_multi(context, packet, { limit: STEP_SIZE });
      // Any other result is the end, or damage that FFmpeg cannot skip: what came before it is transcribed.
      more = result === 0 || result === -libav.EAGAIN;
      yield* await decoder.decode(packets[stream.index] ?? [], !more);
    }
  } finally {
    await libav.av_packet_free_js(packet);
    await decoder.close();
  }
}

interface Decoder {
  decode(packets: readonly LibavPacket[], last: boolean): Promise<AudioBlock[]>;
  close(): Promise<void>;
}

async function openDecoder(libav: Libav, { codec_id, codecpar }: LibavStream, source: SniffedBytes): Promise<Decoder> {
  const codec = await codecName(libav, codec_id, source);
  const pcm = pcmDecoder(codec);
  const layout = await libav.AVCodecParameters_channel_layoutmask(codecpar);
  if (pcm) {
    const sampleRate = await libav.AVCodecParameters_sample_rate(codecpar);
    const count = await libav.AVCodecParameters_ch_layout_nb_channels(codecpar);
    if (!(count > 0)) throw new SttError('audio-invalid', `${source.name} has ${count} channels, expected at least 1`);
    return {
      decode: (packets) =>
        Promise.resolve(packets.map(({ data }) => ({ channels: pcm(data, count), layout, sampleRate }))),
      close: () => Promise.resolve(),
    };
  }
  if ((await libav.avcodec_find_decoder(codec_id)) === 0)
    throw await unsupported(libav, codec, codec_id, codecpar, source);
  const [, context, packet, frame] = await libav.ff_init_decoder(codec_id, codecpar);
  return {
    decode: async (packets, last) => {
      const blocks: AudioBlock[] = [];
      const add = async (one: readonly LibavPacket[], fin: boolean): Promise<void> => {
        const frames = await libav.ff_decode_multi(context, packet, frame, one, { fin }).catch(() => []); // skips damage
        blocks.push(...frames.map(toBlock));
      };
      for (const one of packets) await add([one], false);
      if (last) await add([], true);
      return blocks;
    },
    close: () => libav.ff_free_decoder(context, packet, frame),
  };
}

/** FFmpeg takes the samples of a RIFX file, whose bytes are swapped, for those of a RIFF file. */
async function codecName(libav: Libav, id: number, { head }: SniffedBytes): Promise<string> {
  const name = await libav.avcodec_get_name(id);
  return String.fromCharCode(...head.subarray(0, 4)) === 'RIFX' ? name.replace(/^(pcm_.*)le$/, '$1be') : name;
}

async function unsupported(
  libav: Libav,
  codec: string,
  id: number,
  codecpar: number,
  source: SniffedBytes,
): Promise<SttError> {
  if (codec === 'none') {
    const tag = await libav.AVCodecParameters_codec_tag(codecpar);
    return unsupportedCodec(source.name, source.head, `an unknown codec (format tag 0x${tag.toString(16)})`);
  }
  const descriptor = await libav.avcodec_descriptor_get(id);
  const name = descriptor === 0 ? codec : await libav.AVCodecDescriptor_long_name(descriptor);
  return unsupportedCodec(source.name, source.head, CODEC_NAMES.get(codec) ?? name);
}

/** FFmpeg's sample formats: full scale and zero of the integers, 1 and 0 for floats. */
function scaleOf(samples: LibavFrame['data']): readonly [zero: number, full: number] {
  if (samples instanceof Uint8Array) return [128, 2 ** 7];
  if (samples instanceof Int16Array) return [0, 2 ** 15];
  if (samples instanceof Int32Array) return [0, 2 ** 31];
  return [0, 1];
}

function toBlock(frame: LibavFrame): AudioBlock {
  const {
    data,
    channels: count = 1,
    nb_samples: length = 0,
    sample_rate: sampleRate = 0,
    channel_layout: layout = 0,
  } = frame;
  const planes = Array.isArray(data) ? (data as readonly ArrayLike<number>[]) : undefined;
  const [zero, full] = scaleOf((planes?.[0] ?? data) as LibavFrame['data']);
  const channels = Array.from({ length: count }, (_, channel) => {
    const from = planes?.[channel] ?? (data as ArrayLike<number>);
    const [first, step] = planes ? [0, 1] : [channel, count];
    const samples = new Float32Array(length);
    for (let i = 0; i < length; i++) samples[i] = ((from[first + i * step] ?? 0) - zero) / full;
    return samples;
  });
  return { channels, layout, sampleRate };
}

const ignore = (): void => undefined;

const empty = ({ name, size }: AudioBytes): SttError =>
  new SttError('audio-invalid', `${name} (${size === undefined ? 'a stream' : `${size} bytes`}) has 0 samples`);
