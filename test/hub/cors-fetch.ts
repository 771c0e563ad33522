/** `fetch` as a page on another origin has it: of an answer it sees what CORS lets it see. */

/** What every page may read. */
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
  const seen = [...headers].filter(([name]) => SAFELISTED.includes(name) || exposed.includes(name));
  const answer = new Response(body, { status, statusText, headers: seen });
  return Object.defineProperties(answer, { url: { value: url }, redirected: { value: redirected } });
};
