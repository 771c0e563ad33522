/** Random access to a file's bytes, wherever it lives: a Blob, an ArrayBuffer, a URL, a disk. */
export interface ByteSource {
  /** For messages: the file's name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in a fresh buffer; rejects with `model-invalid` past the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
