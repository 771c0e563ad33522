/** The part of libav.js used here; the package's exports hide its own declarations from TypeScript. */
declare module '@libav.js/variant-obsolete' {
  export interface LibavStream {
    readonly index: number;
    /** Pointer to AVCodecParameters. */
    readonly codecpar: number;
    /** AVMediaType. */
    readonly codec_type: number;
    /** AVCodecID. */
    readonly codec_id: number;
    readonly ptr: number;
  }

  export interface LibavPacket {
    readonly data: Uint8Array;
    readonly stream_index: number;
  }

  type Samples = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

  export interface LibavFrame {
    /** One array per channel if the format is planar, otherwise one array of interleaved samples. */
    readonly data: Samples | readonly Samples[];
    /** AVSampleFormat. */
    readonly format: number;
    /** Low 32 bits of FFmpeg's channel mask; 0 if unknown. */
    readonly channel_layout?: number;
    readonly channels?: number;
    readonly nb_samples?: number;
    readonly sample_rate?: number;
  }

  export interface Libav {
    /** Called by reads of files made by `mkblockreaderdev`; answered by `ff_block_reader_dev_send`. */
    onblockread?: (name: string, position: number, length: number) => Promise<void> | void;
    /** Called by reads of files made by `mkreaderdev`; answered by `ff_reader_dev_send`. */
    onread?: (name: string, position: number, length: number) => Promise<void> | void;
    readonly AVERROR_EOF: number;
    readonly EAGAIN: number;
    readonly AVMEDIA_TYPE_AUDIO: number;
    mkblockreaderdev(name: string, size: number): Promise<void>;
    mkreaderdev(name: string): Promise<void>;
    ff_block_reader_dev_send(name: string, position: number, data: Uint8Array | null): Promise<void>;
    ff_reader_dev_send(name: string, data: Uint8Array | null): Promise<void>;
    unlink(name: string): Promise<void>;
    ff_init_demuxer_file(name: string): Promise<[context: number, streams: LibavStream[]]>;
    avformat_close_input_js(context: number): Promise<void>;
    av_packet_alloc(): Promise<number>;
    av_packet_free_js(packet: number): Promise<void>;
    ff_read_frame_multi(
      context: number,
      packet: number,
      options: { readonly limit: number },
    ): Promise<[result: number, packets: Record<number, LibavPacket[]>]>;
    ff_init_decoder(
      codec: number,
      codecpar: number,
    ): Promise<[codec: number, context: number, packet: number, frame: number]>;
    ff_free_decoder(context: number, packet: number, frame: number): Promise<void>;
    ff_decode_multi(
      context: number,
      packet: number,
      frame: number,
      packets: readonly LibavPacket[],
      options: { readonly fin: boolean },
    ): Promise<LibavFrame[]>;
    avcodec_find_decoder(codec: number): Promise<number>;
    avcodec_get_name(codec: number): Promise<string>;
    avcodec_descriptor_get(codec: number): Promise<number>;
    AVCodecDescriptor_long_name(descriptor: number): Promise<string>;
    AVCodecParameters_codec_tag(codecpar: number): Promise<number>;
    AVCodecParameters_sample_rate(codecpar: number): Promise<number>;
    AVCodecParameters_ch_layout_nb_channels(codecpar: number): Promise<number>;
    AVCodecParameters_channel_layoutmask(codecpar: number): Promise<number>;
    AVStream_discard_s(stream: number, value: number): Promise<void>;
    av_log_set_level(level: number): Promise<void>;
  }

  export type LibavFactory = (options: object) => unknown;

  const wrapper: {
    /** URL of the folder with the WASM file and its loader. */
    readonly base: string;
    readonly VER: string;
    readonly CONFIG: string;
    LibAV(options: { readonly noworker: boolean; readonly factory: LibavFactory }): Promise<Libav>;
  };
  // eslint-disable-next-line no-restricted-syntax -- as the package exports it
  export default wrapper;
}
