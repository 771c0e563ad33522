/** Parses range and conditional headers: the part of RFC 9110 that resumed downloads, <audio> and models need. */

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/**
 * One `bytes=a-b`, `bytes=a-` or `bytes=-n` of a file of `size` bytes; `outside` where no byte of it exists. Several
 * ranges, another unit and a range that ends before it starts mean the whole file (undefined), as the RFC says.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'outside' : { start: size - length, end: size - 1 };
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size ? 'outside' : { start, end };
}

/** Identifies a version of a file. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** An HTTP date. */
  readonly lastModified: string;
}

/**
 * Whether to respond with the range: with `If-Range`, only while the file is the one the first part came from.
 * A weak tag never matches; a date must be exactly the file's.
 */
export function rangeStillHolds(ifRange: string | undefined, { etag, lastModified }: Validators): boolean {
  return ifRange === undefined || ifRange === etag || ifRange === lastModified;
}

/** Whether the client has this version: then 304 saves sending it. `If-None-Match` overrules the date. */
export function isFresh(
  headers: { readonly 'if-none-match'?: string | undefined; readonly 'if-modified-since'?: string | undefined },
  { etag, lastModified }: Validators,
): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  return headers['if-modified-since'] === lastModified;
}
