/** Random access to a file's bytes, wherever it lives: a Blob, an ArrayBuffer, a URL, a disk. */
export interface ByteSource {
  /** For messages: the file's name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in a fresh buffer; `model-invalid` if they are not there. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
