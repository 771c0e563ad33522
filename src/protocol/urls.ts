/** URLs that page and worker treat alike: the hub's, and those that no request can reach. */

/** The hub that serves `owner/repo`, unless the page names a mirror. */
export const HUB = 'https://huggingface.co/';

/** Schemes without a server, or with another protocol. Those of apps and extensions have one, so this is no list of allowed schemes. */
const NOT_FETCHED: ReadonlySet<string> = new Set(
  'about: blob: data: file: filesystem: ftp: javascript: mailto: sms: tel: vbscript: view-source: ws: wss:'.split(' '),
);

/**
 * Why `fetch` always fails with this URL, for messages; undefined if it may work.
 * @param allowed schemes that are fetched here, such as `blob:` for a recording
 */
export function whyNotFetched(
  { protocol, username, password }: URL,
  allowed: readonly string[] = [],
): string | undefined {
  if (NOT_FETCHED.has(protocol) && !allowed.includes(protocol)) return `nothing can be downloaded from ${protocol}`;
  if (username !== '' || password !== '') return 'browsers send no request to a URL with a user name or password';
  return undefined;
}
