/** The words of each clip, as the official implementation transcribes it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CLIPS = fileURLToPath(new URL('../fixtures/clips/', import.meta.url));

/** The words of a clip with the demo model's weights in Q4_0, as the package ships it. */
export function wordsOf(clip: string): string {
  const { official_q4 } = JSON.parse(readFileSync(`${CLIPS}${clip}.json`, 'utf8')) as { official_q4: { text: string } };
  return official_q4.text;
}

/**
 * The clip for live audio, whose offset to the codec's frames varies: the small model transcribes these words right at every
 * offset. It transcribes others right only at the file's offset ("go forward" becomes "close forward" at one in five).
 */
export const LIVE_CLIP = 'en_human_seen';
