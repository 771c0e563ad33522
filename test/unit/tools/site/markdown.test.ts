/** The HTML of the site's documents. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderMarkdown } from '../../../../tools/site/markdown.mjs';

const render = (markdown: string): { title: string; html: string; sections: { id: string; text: string }[] } =>
  renderMarkdown(markdown, (link) =>
    link.startsWith('../src/') ? undefined : { url: link.replace('.md', '.html'), title: 'Its title' },
  );

describe('renderMarkdown', () => {
  it('gives headings the fragments that GitHub gives them, also where one is repeated', () => {
    const { title, html, sections } = render('# The `page`\n\n## Parts & *more*\n\n## Parts & more\n\n### Été\n');
    assert.equal(title, 'The page');
    assert.deepEqual(sections, [
      { id: 'parts--more', text: 'Parts & more' },
      { id: 'parts--more-1', text: 'Parts & more' },
    ]);
    assert.match(html, /<h3 id="été">/);
    assert.match(html, /<h2 id="parts--more"><a class="anchor" href="#parts--more">Parts &amp; <em>more<\/em><\/a>/);
  });

  it('leads links to pages of the site, and names a page by its title, not by its file', () => {
    assert.match(render('[the guide](guide.md)').html, /<a href="guide\.html">the guide<\/a>/);
    assert.match(render('[guide.md](guide.md)').html, /<a href="guide\.html">Its title<\/a>/);
    assert.match(render('[docs/guide.md](docs/guide.md)').html, />Its title</);
    assert.match(render('[it](https://a.example/b.md)').html, /<a href="https:\/\/a\.example\/b\.md">it<\/a>/);
    assert.doesNotMatch(render('[`x.ts`](../src/x.ts)').html, /<a/);
  });

  it('escapes code, and makes it and tables scroll by keyboard', () => {
    const { html } = render('```html\n<b a="1">&amp;\n```\n\n| a | b |\n| --- | --- |\n| `<i>` | |\n');
    assert.match(html, /<pre tabindex="0"><code class="language-html">&lt;b a=&quot;1&quot;&gt;&amp;amp;<\/code>/);
    assert.match(html, /tabindex="0"[^>]*><table><thead><tr><th>a<\/th><th>b<\/th>/);
    assert.match(html, /<td><code>&lt;i&gt;<\/code><\/td><td><\/td>/);
  });

  it('omits the titles of a table that has none', () => {
    assert.doesNotMatch(render('| | |\n| --- | --- |\n| a | b |\n').html, /<thead|<th>/);
  });

  it('rejects what would be lost or run on the page', () => {
    assert.throws(() => render('![a](../src/a.png)'), /image \.\.\/src\/a\.png/);
    assert.throws(() => render('<script>alert(1)</script>'), /HTML in a document/);
    assert.throws(() => render('text <b onclick="x">b</b>'), /HTML in a document/);
    assert.doesNotMatch(render('<!-- a comment -->\n\ntext').html, /comment/);
  });
});
