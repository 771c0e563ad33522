/** Renders one document as HTML: headings with GitHub's fragments, tables and code that scroll, links to other pages of the site. */
import { Marked } from 'marked';

/**
 * @param {string} markdown
 * @param {(link: string) => { url: string, title?: string } | undefined} resolve a relative link or image → its URL in the site,
 *   and the title of a document; undefined: not published
 * @returns {{ title: string, html: string, sections: { id: string, text: string }[] }} `title` and the texts are plain text
 */
export function renderMarkdown(markdown, resolve) {
  const fragments = new Map();
  const sections = [];
  let title = '';

  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const html = this.parser.parseInline(tokens);
        const text = plainText(html);
        if (depth === 1) {
          title ||= text;
          return `<h1>${html}</h1>\n`;
        }
        const id = fragmentOf(text, fragments);
        if (depth === 2) sections.push({ id, text });
        return `<h${depth} id="${escape(id)}"><a class="anchor" href="#${escape(id)}">${withoutLinks(html)}</a></h${depth}>\n`;
      },
      code({ text, lang = '' }) {
        return `<pre tabindex="0"><code${lang ? ` class="language-${escape(lang.split(/\s/)[0])}"` : ''}>${escape(text)}</code></pre>\n`;
      },
      link({ href, tokens, title: hint }) {
        const html = this.parser.parseInline(tokens);
        const target = isRelative(href) ? resolve(href) : { url: href };
        if (target === undefined) return html;
        // The name of a file means little where the files are pages.
        const isName = /^[\w./-]+$/.test(plainText(html)) && href.endsWith(plainText(html));
        const text = isName && target.title ? escape(target.title) : html;
        return `<a href="${escape(target.url)}"${hint ? ` title="${escape(hint)}"` : ''}>${text}</a>`;
      },
      image({ href, text }) {
        const url = isRelative(href) ? resolve(href)?.url : href;
        if (url === undefined) throw new Error(`the image ${href} is not part of the site`);
        return `<img src="${escape(url)}" alt="${escape(text)}" loading="lazy" />`;
      },
      table({ header, rows }) {
        const cells = (name, row) =>
          row.map(({ tokens }) => `<${name}>${this.parser.parseInline(tokens)}</${name.split(' ')[0]}>`).join('');
        // A table without titles has an empty row of them in Markdown.
        const hasTitles = header.some(({ text }) => text.trim() !== '');
        const head = hasTitles
          ? `<thead><tr>${cells('th', header).replaceAll('<th></th>', '<td></td>')}</tr></thead>`
          : '';
        const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n');
        return `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>${head}<tbody>${body}</tbody></table></div>\n`;
      },
      html({ text }) {
        if (/^\s*<!--/.test(text)) return '';
        throw new Error(`HTML in a document is not supported: ${text.trim()}`);
      },
    },
  });

  const html = marked.parse(markdown, { async: false });
  return { title, html, sections };
}

/** Any scheme, or a host without one. @param {string} link */
function isRelative(link) {
  return !/^([a-z][\w+.-]*:|\/\/)/i.test(link);
}

/** The fragment that GitHub generates for a heading. @param {string} text @param {Map<string, number>} used */
function fragmentOf(text, used) {
  const fragment = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
  const count = used.get(fragment) ?? 0;
  used.set(fragment, count + 1);
  return count === 0 ? fragment : `${fragment}-${count}`;
}

/** @param {string} html as this renderer writes it */
function plainText(html) {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

function withoutLinks(html) {
  return html.replace(/<\/?a\b[^>]*>/g, '');
}

/** @param {string} text */
export function escape(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
