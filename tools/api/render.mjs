/** Writes the tables of the API reference as Markdown. */

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
