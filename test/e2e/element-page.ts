/** Drives `<kyutai-stt>` elements on a page. */
import type { Locator } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';

/** Has the element transcribe a recording, and resolves with the transcript once the stream ends. */
export function transcribe(element: Locator, url: string): Promise<string> {
  return element.evaluate(async (node, clip) => {
    const stt = node as KyutaiSttElement;
    const ended = new Promise((resolve) => {
      stt.addEventListener('end', resolve, { once: true });
    });
    await stt.start(new URL(clip, document.baseURI));
    await ended;
    return words(stt);

    function words(from: KyutaiSttElement): string {
      return from.words.map((word) => word.text).join(' ');
    }
  }, url);
}

/** The element's main button, not those of its menu and toolbar. */
export function button(element: Locator): Locator {
  return element.locator('button[part~=button]');
}

/** Resolves once the element is in that state. */
export async function inState(element: Locator, state: string): Promise<void> {
  const handle = await element.elementHandle();
  await element.page().waitForFunction(([node, wanted]) => node.matches(`:state(${wanted})`), [handle, state] as const);
}

/** The element's transcript so far. */
export function transcriptOf(element: Locator): Promise<string> {
  return element.evaluate((node) => (node as KyutaiSttElement).words.map((word) => word.text).join(' '));
}

/**
 * Resolves once the transcript is `text`, or with `contained` includes it. Fails after 30 s with the transcript so far.
 */
export async function untilTranscript(element: Locator, text: string, { contained = false } = {}): Promise<void> {
  const handle = await element.elementHandle();
  try {
    await element.page().waitForFunction(
      ([node, wanted, isPart]) => {
        const transcript = (node as KyutaiSttElement).words.map((word) => word.text).join(' ');
        return isPart ? transcript.includes(wanted) : transcript === wanted;
      },
      [handle, text, contained] as const,
    );
  } catch (cause) {
    throw new Error(`the transcript is "${await transcriptOf(element)}", expected "${text}"`, { cause });
  }
}
