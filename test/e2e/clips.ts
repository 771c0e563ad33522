/** What each clip says, according to the official implementation. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CLIPS = fileURLToPath(new URL('../fixtures/clips/', import.meta.url));

/** The words of a clip with the demo model's weights in Q4_0, as the package ships it. */
export function wordsOf(clip: string): string {
  const { official_q4 } = JSON.parse(readFileSync(`${CLIPS}${clip}.json`, 'utf8')) as { official_q4: { text: string } };
  return official_q4.text;
}

/**
 * The clip for live sound, which reaches the codec's frames at any offset: the small model hears these words at every one.
 * Others it hears rightly only at the file's own offset ("go forward" becomes "close forward" at one in five).
 */
export const LIVE_CLIP = 'en_human_seen';
