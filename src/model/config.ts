/** The configuration of a model: read from its files and checked against the shapes of its tensors. */

/** The language model's dimensions. Keys of config.json in brackets. */
export interface LmConfig {
  /** M: model width [dim]. */
  readonly dim: number;
  /** L: layers [num_layers]. */
  readonly numLayers: number;
  /** H: heads [num_heads]; head width D = M / H. */
  readonly numHeads: number;
  /** F: feed-forward width, read from the shape of gating.linear_out. */
  readonly hidden: number;
  /** K: codebooks fed each step [n_q]. */
  readonly nQ: number;
  /** Codes per codebook [card]; row `card` of each table is the initial token. */
  readonly card: number;
  /** V: text tokens [text_card]; row `textCard` of the text table is the initial token. */
  readonly textCard: number;
  /** W: keys a query sees, itself included [context]. */
  readonly context: number;
  /** P: RoPE period [max_period]. */
  readonly maxPeriod: number;
  /** The text token for "no text in this frame" [existing_text_padding_id]. */
  readonly paddingToken: number;
  /** The text token for "a word starts at the next step"; 0 in every published model. */
  readonly endOfPaddingToken: number;
  /** Number of pause heads; 0 if the file has none. */
  readonly pauseHeads: number;
  /** Classes of each pause head. */
  readonly pauseClasses: number;
  /** Seconds the text runs behind the audio [stt_config.audio_delay_seconds]. */
  readonly audioDelaySeconds: number;
  /** Seconds of silence that the model needs before speech [stt_config.audio_silence_prefix_seconds]. */
  readonly silencePrefixSeconds: number;
}

/** The Mimi encoder's dimensions. Keys of mimi_config.json in brackets. */
export interface MimiConfig {
  /** Hz [sample_rate]. */
  readonly sampleRate: number;
  /** Frames per second [frame_rate]. */
  readonly frameRate: number;
  readonly seanet: {
    /** Channels after the first convolution [n_filters]. */
    readonly nFilters: number;
    /** Channels of the encoder's output [dimension]. */
    readonly dimension: number;
    readonly kernelSize: number;
    readonly residualKernelSize: number;
    readonly lastKernelSize: number;
    /** Residual blocks shrink to C / compress channels inside [compress]. */
    readonly compress: number;
    /** Strides in ENCODER order, e.g. 4, 5, 6, 8: the file lists the decoder's, reversed [ratios]. */
    readonly strides: readonly number[];
  };
  readonly transformer: {
    readonly dim: number;
    readonly numHeads: number;
    readonly numLayers: number;
    /** Keys in the ring, in 25 Hz steps [context]. */
    readonly context: number;
    readonly maxPeriod: number;
    readonly hidden: number;
  };
  /** Stride of the convolution between the transformer (25 Hz) and the quantizer (12.5 Hz). */
  readonly downsampleStride: number;
  readonly quantizer: {
    /** Width of a codebook entry [dimension]. */
    readonly dimension: number;
    /** Codebooks that are computed; the first is semantic [n_q]. */
    readonly nQ: number;
    /** Entries per codebook [bins]. */
    readonly bins: number;
  };
}

export interface SttConfig {
  readonly lm: LmConfig;
  readonly mimi: MimiConfig;
}
