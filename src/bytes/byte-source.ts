/** Random access to a file's bytes, from memory, a disk, a model cache or a server. */
export interface ByteSource {
  /** For messages: the file's name. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in a new buffer; rejects with `model-invalid` past the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
