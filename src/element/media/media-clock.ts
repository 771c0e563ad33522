/** Maps stream time to media time: piecewise linear, with breaks where the media paused, sought or changed its rate. */

interface Piece {
  /** Stream time at which the piece begins, seconds. */
  readonly stream: number;
  /** Media time at that moment, seconds. */
  readonly media: number;
  /** Media seconds per stream second. */
  readonly rate: number;
  readonly pass: number;
}

/** A range of the media that was played without a jump, seconds. */
export interface Pass {
  readonly from: number;
  readonly to: number;
}

/** Accepted difference from the expected media time, seconds: clocks are read a few ms late. */
const TOLERANCE = 0.12;
/** A greater difference than this is a jump, seconds. */
const JUMP = 0.5;
/** How long after the start of playback `currentTime` may lag before it is correct, seconds (WebKitGTK). */
const SETTLING = 2;

export class MediaClock {
  #pieces: readonly Piece[] = [];
  #passes: Pass[] = [];
  /** Whether the next sample begins a pass, wherever the media is. */
  #breaks = true;
  /** Stream times before it are of another media. */
  #from = Number.NEGATIVE_INFINITY;

  /** All passes in order of playback; the last one is current. */
  get passes(): readonly Pass[] {
    return this.#passes;
  }

  /** The next sample begins another pass. */
  break(): void {
    this.#breaks = true;
  }

  /** Shortens the current pass: what was played after `to` was not transcribed. */
  truncate(to: number): void {
    const current = this.#passes[this.#passes.length - 1];
    if (current)
      this.#passes[this.#passes.length - 1] = { from: current.from, to: clamp(to, current.from, current.to) };
  }

  /** Forgets all passes. @param from stream times before it have no place in the media any more */
  forget(from = Number.NEGATIVE_INFINITY): void {
    [this.#pieces, this.#passes, this.#breaks, this.#from] = [[], [], true, from];
  }

  /**
   * Records that the media is at `media` when the stream is at `stream`, both in seconds.
   * @param rate the playback rate, 0 while paused
   * @param sought whether the media was sought since the last sample
   * @returns whether the media jumped
   */
  sample(stream: number, media: number, rate: number, sought = true): boolean {
    const last = this.#pieces.at(-1);
    const off = last ? Math.abs(valueAt(last, stream) - media) : Infinity;
    const settles = last !== undefined && !this.#breaks && !sought && isSettling(last, stream, media);
    if (settles && off > TOLERANCE && last.rate > 0) return this.#settle(last, stream, media, rate);
    const jumped = this.#breaks || (off > JUMP && !settles);
    this.#breaks = false;
    if (jumped) this.#passes.push({ from: media, to: media });
    const pass = this.#passes.length - 1;
    const current = this.#passes[pass];
    if (current && media > current.to) this.#passes[pass] = { from: current.from, to: media };
    if (jumped || off > TOLERANCE || rate !== last?.rate) {
      this.#pieces = [...this.#pieces, { stream: Math.max(stream, last?.stream ?? 0), media, rate, pass }];
    }
    return jumped;
  }

  /** Corrects the last piece: the media clock lagged, so the media was further ahead from the start of playback. */
  #settle({ stream: began, pass, rate: before }: Piece, stream: number, media: number, rate: number): boolean {
    const current = this.#passes[pass];
    if (current) this.#passes[pass] = { from: current.from, to: Math.max(current.to, media) };
    const piece = { stream: began, media: media - (stream - began) * before, rate: before, pass };
    this.#pieces = [...this.#pieces.slice(0, -1), piece];
    if (rate !== before) this.#pieces = [...this.#pieces, { stream, media, rate, pass }];
    return false;
  }

  /** Media time and pass at the stream time `stream`. Undefined before the first sample. */
  toMedia(stream: number): { readonly time: number; readonly pass: number } | undefined {
    if (stream < this.#from) return undefined;
    const piece = this.#pieces.findLast((one) => one.stream <= stream) ?? this.#pieces[0];
    if (!piece) return undefined;
    return { time: Math.max(0, stream < piece.stream ? piece.media : valueAt(piece, stream)), pass: piece.pass };
  }

  /** Whether a pass before `pass` contains the media time `time`, more than `margin` seconds before its end. */
  coveredBefore(time: number, pass: number, margin = TOLERANCE): boolean {
    return this.#passes.slice(0, pass).some(({ from, to }) => from <= time && time < to - margin);
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Whether the media is ahead of the expected time by no more than a lagging clock explains. */
function isSettling(piece: Piece, stream: number, media: number): boolean {
  const ahead = media - valueAt(piece, stream);
  return ahead > 0 && ahead < SETTLING && (piece.rate === 0 || stream - piece.stream < SETTLING);
}

const valueAt = (piece: Piece, stream: number): number => piece.media + (stream - piece.stream) * piece.rate;
