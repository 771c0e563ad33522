/** The styling page: shows each look's CSS below it, and transcribes one recording in all of them. */

const looks = [...document.querySelectorAll('kyutai-stt')];
const sheet = [...document.styleSheets].find(({ href }) => href?.endsWith('/styling.css'));

for (const look of looks) {
  const rules = [...sheet.cssRules].filter(({ selectorText }) => selectorText?.startsWith(`#${look.id}`));
  if (rules.length === 0) continue;
  const code = document.createElement('pre');
  code.tabIndex = 0;
  code.setAttribute('aria-label', `CSS of ${look.id}`);
  code.textContent = rules.map(written).join('\n\n');
  look.after(code);
}

/** Formats a rule on several lines. */
function written({ selectorText, style }) {
  const lines = [...style]
    .filter((name) => style.getPropertyValue(name) !== '')
    .map((name) => `  ${name}: ${style.getPropertyValue(name)};`);
  return `${selectorText} {\n${lines.join('\n')}\n}`;
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
