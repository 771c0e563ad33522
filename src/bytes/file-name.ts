/** The file name of a URL, for messages. */

/** The last part of its path, `model.gguf`; the URL itself if that is empty. */
export function fileNameOf(url: string): string {
  return /[^/]*$/.exec(new URL(url).pathname)?.[0] || url;
}
