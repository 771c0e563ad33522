/** File names in URLs. */

/** The last part of its path, `model.gguf`; the URL itself if that is empty. For messages. */
export function fileNameOf(url: string): string {
  return /[^/]*$/.exec(new URL(url).pathname)?.[0] || url;
}

/** `name` as one part of a URL's path. A lone surrogate, which has no UTF-8 form, becomes U+FFFD, as in `new URL`. */
export function encodePathPart(name: string): string {
  return encodeURIComponent(name.replace(LONE_SURROGATE, '\uFFFD'));
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The name that a part of a URL's path stands for; the part itself if it is no valid escape, such as `%.gguf`. */
export function decodePathPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    if (cause instanceof URIError) return part;
    throw cause;
  }
}
