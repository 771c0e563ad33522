/** The oldest browsers the package promises to run in: "browserslist" of package.json, and the sentence in README. */
import { readFileSync } from 'node:fs';

/** Each browser's name in Browserslist, in the compatibility data and in README. Phones need the same versions as desktops. */
const BROWSERS = {
  chrome: { key: 'chrome', label: 'Chrome' },
  and_chr: { key: 'chrome_android', label: 'Chrome for Android' },
  edge: { key: 'edge', label: 'Edge' },
  firefox: { key: 'firefox', label: 'Firefox' },
  and_ff: { key: 'firefox_android', label: 'Firefox for Android' },
  safari: { key: 'safari', label: 'Safari' },
  ios_saf: { key: 'safari_ios', label: 'Safari on iOS' },
};

/**
 * @typedef {{ key: string, label: string, version: string }} OldestBrowser `key` is the compatibility data's name
 * @param {readonly string[]} queries of the form `chrome >= 125`
 * @returns {OldestBrowser[]}
 */
export function parseFloor(queries) {
  return queries.map((query) => {
    const [, name, version] = /^(\w+) >= ([\d.]+)$/.exec(query) ?? [];
    const browser = BROWSERS[name];
    if (!browser) {
      throw new Error(
        `"browserslist" of package.json: found "${query}", expected "NAME >= VERSION" with one of ${Object.keys(BROWSERS).join(', ')}`,
      );
    }
    return { ...browser, version };
  });
}

/** @returns {OldestBrowser[]} */
export function readFloor() {
  const { browserslist } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return parseFloor(browserslist);
}

/** The sentence that README's table of requirements has to contain. */
export function floorSentence(floor) {
  const version = (label) => floor.find((browser) => browser.label === label)?.version;
  const [chrome, edge] = [version('Chrome'), version('Edge')];
  const chromium = chrome === edge ? `Chrome and Edge ${chrome}` : `Chrome ${chrome}, Edge ${edge}`;
  return `${chromium}, Firefox ${version('Firefox')}, Safari ${version('Safari')}, or newer`;
}
