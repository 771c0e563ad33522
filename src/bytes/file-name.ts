/** What a URL's file is called in messages. */

/** The last part of its path, `model.gguf`; the URL itself where that is empty. */
export function fileNameOf(url: string): string {
  return /[^/]*$/.exec(new URL(url).pathname)?.[0] || url;
}
