/** `fetch` with the restrictions of CORS: shows the headers and responses that a page of another origin would see. */

/** Headers that are readable without Access-Control-Expose-Headers. */
const SAFELISTED = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
];

export const corsFetch: typeof fetch = async (input, init) => {
  const { status, statusText, headers, body, url, redirected } = await fetch(input, init);
  if (headers.get('access-control-allow-origin') !== '*') {
    await body?.cancel();
    throw new TypeError('Failed to fetch');
  }
  const exposed = (headers.get('access-control-expose-headers') ?? '').toLowerCase().split(/\s*,\s*/);
  const visible = [...headers].filter(([name]) => SAFELISTED.includes(name) || exposed.includes(name));
  const limited = new Response(body, { status, statusText, headers: visible });
  return Object.defineProperties(limited, { url: { value: url }, redirected: { value: redirected } });
};
