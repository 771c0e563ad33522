/** The styling page: shows each look's CSS below it, and transcribes one recording in all of them. */

const looks = [...document.querySelectorAll('kyutai-stt')];
const text = await (await fetch(new URL('styling.css', document.baseURI))).text();
/** Rules as they are written, each with its selector. */
const rules = text.match(/^#[^{}]+\{[^{}]*\}/gm);

for (const look of looks) {
  const own = rules.filter((rule) => rule.split('{')[0].includes(`#${look.id}`));
  if (own.length === 0) continue;
  const code = document.createElement('pre');
  code.textContent = own.join('\n\n');
  look.after(code);
}

document.getElementById('all').addEventListener('click', () => {
  const clip = new URL('clips/en_human_seen.wav', document.baseURI);
  for (const look of looks) {
    look.abort();
    look.start(clip).catch((error) => {
      // The element shows and logs its own errors.
      if (error.name !== 'SttError' && error.name !== 'AbortError') throw error;
    });
  }
});
