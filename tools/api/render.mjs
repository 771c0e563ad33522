/** Writes the tables of the API reference as Markdown and as HTML. */

const START = '<!-- Generated from the sources: npm run api -->';
const END = '<!-- end of the generated part -->';

/** @typedef {import('./tables.mjs').Table} Table */

/** `text` with `content` between its two marks. @param {string} text @param {string} content @param {string} file */
export function withRegion(text, content, file) {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`${file}: found no ${START} … ${END}`);
  return `${text.slice(0, start + START.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** @param {readonly Table[]} tables */
export function asMarkdown(tables) {
  const row = (cells) => `| ${cells.map((cell) => withoutTags(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return tables
    .map(({ title, text, columns, rows }) =>
      [
        `## ${title}`,
        ...(text ? ['', withoutTags(text)] : []),
        ...(rows.length > 0 ? ['', row(columns), row(columns.map(() => '---')), ...rows.map(row)] : []),
      ].join('\n'),
    )
    .join('\n\n');
}

/** Escapes `<` outside of code: Markdown passes tags through. @param {string} text */
function withoutTags(text) {
  return text.replace(/`[^`]*`|</g, (found) => (found === '<' ? '&lt;' : found));
}

/** @param {readonly Table[]} tables */
export function asHtml(tables) {
  return tables
    .map(({ title, id, text, columns, rows }) => {
      const head = columns.map((cell) => `<th scope="col">${inline(cell)}</th>`).join('');
      const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${inline(cell)}</td>`).join('')}</tr>`);
      const grid = `<div class="scroll" tabindex="0" role="region" aria-labelledby="${id}"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
      return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${text ? `<p>${inline(text)}</p>` : ''}${rows.length > 0 ? grid : ''}</section>`;
    })
    .join('\n');
}

/** The two constructs of Markdown that the tables use. @param {string} text */
function inline(text) {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replace(/`([^`]*)`/g, '<code>$1</code>').replace(/\[([^\]]*)\]\((#[^)]*)\)/g, '<a href="$2">$1</a>');
}
