/** The bundled recordings, their speakers and their words. */

/** @typedef {{ file: string, lang: 'en' | 'fr', who: string, said: string }} Clip */

/** @type {readonly Clip[]} */
export const CLIPS = [
  { file: 'en_human_goforward', lang: 'en', who: 'a person', said: 'go forward ten meters' },
  { file: 'en_human_004', lang: 'en', who: 'a person', said: 'five five' },
  { file: 'en_human_seen', lang: 'en', who: 'a speaker from the training data', said: 'four seven one hello zero' },
  { file: 'fr_human_seen', lang: 'fr', who: 'a speaker from the training data', said: 'zéro cinq sept un huit' },
  { file: 'en_espeak_0', lang: 'en', who: 'a synthetic voice', said: 'two two light number' },
  { file: 'fr_espeak_0', lang: 'fr', who: 'a synthetic voice', said: 'hier monter aide musique cinq' },
];

/** @param {Clip} clip */
export const urlOf = ({ file }) => new URL(`clips/${file}.wav`, import.meta.url).href;

/**
 * One line of the list: the words, the speaker, a button that plays the recording and one that only transcribes it.
 * @param {Clip} clip
 * @param {(clip: Clip) => void} play
 * @param {(clip: Clip) => void} transcribe
 */
export function clipItem(clip, play, transcribe) {
  const item = document.createElement('li');
  const about = document.createElement('span');
  const said = document.createElement('q');
  said.lang = clip.lang;
  said.textContent = clip.said;
  const who = document.createElement('small');
  who.textContent = `${clip.who}, ${clip.lang === 'fr' ? 'French' : 'English'}`;
  about.append(said, who);
  const buttons = document.createElement('span');
  buttons.className = 'row';
  buttons.append(
    button('▶ Play', `Play and transcribe “${clip.said}”`, () => play(clip)),
    button('Transcribe', `Transcribe “${clip.said}” at once`, () => transcribe(clip)),
  );
  item.dataset['clip'] = clip.file;
  item.append(about, buttons);
  return item;
}

function button(text, name, press) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.setAttribute('aria-label', name);
  made.addEventListener('click', press);
  return made;
}
