/** Builds README's support table from the results of `test/browsers` in `docs/support.json`. */
import { SUPPORT_ROWS, type SupportRow } from './rows.js';

export interface BrowserResults {
  /** Of the browser that was run. */
  readonly version: string;
  readonly results: Readonly<Record<SupportRow, string>>;
}

export const BROWSERS = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' } as const;
export type Support = Readonly<Record<keyof typeof BROWSERS, BrowserResults>>;

const START = '<!-- What works where: npm run support -->';
const END = '<!-- end of what works where -->';

/** Markdown, one row a feature, one column a browser. */
export function supportTable(support: Support): string {
  const names = Object.keys(BROWSERS) as (keyof Support)[];
  const title = (name: keyof Support): string => `${BROWSERS[name]} ${shortVersion(support[name].version)}`;
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(['', ...names.map(title)]),
    row(['---', ...names.map(() => '---')]),
    ...(Object.keys(SUPPORT_ROWS) as SupportRow[]).map((name) =>
      row([SUPPORT_ROWS[name], ...names.map((browser) => support[browser].results[name])]),
    ),
  ].join('\n');
}

/** `readme` with the table replaced. Throws if the marks are missing. */
export function withTable(readme: string, support: Support): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`README.md: found no ${START} … ${END}`);
  return `${readme.slice(0, start + START.length)}\n\n${supportTable(support)}\n\n${readme.slice(end)}`;
}

/** `153` of `153.8.0`, `2.50` of `2.50.6`: the usual short version. */
function shortVersion(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  return Number(major) < 10 ? `${major}.${minor}` : major;
}
