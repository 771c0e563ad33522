/** From a stream's clock to its media's: straight pieces, broken where the media paused, sought or changed its rate. */

interface Piece {
  /** Seconds of the stream at which it begins. */
  readonly stream: number;
  /** Seconds of the media then. */
  readonly media: number;
  /** Seconds of the media for each of the stream's. */
  readonly rate: number;
  readonly pass: number;
}

/** A stretch of media played through without a leap. */
export interface Pass {
  readonly from: number;
  readonly to: number;
}

/** How far the media may be from where it is expected, seconds: clocks are read a few ms late. */
const TOLERANCE = 0.12;
/** Further than that, seconds, it has leapt. */
const LEAP = 0.5;
/** So long after it begins to play, seconds, a media's clock may stand before it shows where the media is (WebKitGTK). */
const SETTLING = 2;

export class MediaClock {
  #pieces: readonly Piece[] = [];
  #passes: Pass[];

  /** @param passes what earlier streams of the same media have heard */
  constructor(passes: readonly Pass[] = []) {
    this.#passes = [...passes];
  }

  /** Every stretch heard, in order of hearing; the last is the present one. */
  get passes(): readonly Pass[] {
    return this.#passes;
  }

  /**
   * The media is at `media` when the stream is at `stream`, and plays at `rate`, 0 while it stands. True where it leapt.
   * @param sought whether it was sought since the last sample
   */
  sample(stream: number, media: number, rate: number, sought = true): boolean {
    const last = this.#pieces.at(-1);
    const off = last ? Math.abs(valueAt(last, stream) - media) : Infinity;
    const settles = last !== undefined && !sought && isSettling(last, stream, media);
    if (settles && off > TOLERANCE && last.rate > 0) return this.#settle(last, stream, media, rate);
    const leapt = off > LEAP && !settles;
    if (leapt) this.#passes.push({ from: media, to: media });
    const pass = this.#passes.length - 1;
    const current = this.#passes[pass];
    if (current && media > current.to) this.#passes[pass] = { from: current.from, to: media };
    if (off > TOLERANCE || rate !== last?.rate) {
      this.#pieces = [...this.#pieces, { stream: Math.max(stream, last?.stream ?? 0), media, rate, pass }];
    }
    return leapt;
  }

  /** A clock that went on late: the media has been further on since it began to play. */
  #settle({ stream: began, pass, rate: before }: Piece, stream: number, media: number, rate: number): boolean {
    const current = this.#passes[pass];
    if (current) this.#passes[pass] = { from: current.from, to: Math.max(current.to, media) };
    const piece = { stream: began, media: media - (stream - began) * before, rate: before, pass };
    this.#pieces = [...this.#pieces.slice(0, -1), piece];
    if (rate !== before) this.#pieces = [...this.#pieces, { stream, media, rate, pass }];
    return false;
  }

  /** Where the media was at `stream`, and in which pass. Undefined before the first sample. */
  toMedia(stream: number): { readonly time: number; readonly pass: number } | undefined {
    const piece = this.#pieces.findLast((one) => one.stream <= stream) ?? this.#pieces[0];
    if (!piece) return undefined;
    return { time: Math.max(0, stream < piece.stream ? piece.media : valueAt(piece, stream)), pass: piece.pass };
  }

  /** Whether the sound at `time` was heard in a pass before `pass`. */
  heardBefore(time: number, pass: number): boolean {
    return this.#passes.slice(0, pass).some(({ from, to }) => from <= time && time < to - TOLERANCE);
  }
}

/** Ahead of where it is expected, by what it can be ahead since it began to play. */
function isSettling(piece: Piece, stream: number, media: number): boolean {
  const ahead = media - valueAt(piece, stream);
  return ahead > 0 && ahead < SETTLING && (piece.rate === 0 || stream - piece.stream < SETTLING);
}

const valueAt = (piece: Piece, stream: number): number => piece.media + (stream - piece.stream) * piece.rate;
