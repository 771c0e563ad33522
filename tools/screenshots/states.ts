/** Every state that `npm run screenshots` takes a picture of. */

export interface Shot {
  /** Of the file in docs/screenshots, without `.png`. */
  readonly name: string;
  /** The engine's words; see scripted.worker.ts. */
  readonly say?: string;
  /** More of the model's URL. */
  readonly query?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Visible texts of the page. */
  readonly lang?: 'en' | 'fr';
  readonly dark?: boolean;
  readonly forcedColors?: boolean;
  readonly moreContrast?: boolean;
  readonly dir?: 'rtl';
  /** Of the window, px. Default 640. */
  readonly width?: number;
  readonly height?: number;
  /** Stored settings of the visitor. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Refuses this to the page. */
  readonly refuse?: 'microphone' | 'storage';
  /** Whether listening begins. Default true. */
  readonly starts?: boolean;
  /** Action before the picture. */
  readonly act?: 'pause' | 'stop' | 'settings' | 'download' | 'scroll up' | 'focus word';
  readonly css?: string;
}

const SPEECH =
  'Good morning, everyone, and thank you for coming.|We are going to look at how a sentence travels from a microphone to the ?screen without ever leaving this machine, one word at a ti…';
const PAROLES =
  'Bonjour à tous, et merci d’être venus.|Nous allons voir comment une phrase va du microphone à ?l’écran sans jamais quitter cette machine, un mot apr…';
const TALK = [
  'Good morning, everyone, and thank you for coming.',
  'Before we begin, a word about the room: the doors at the back stay open, and there is coffee outside until noon.',
  'So, what happens when somebody speaks? The sound is cut into pieces of eighty milliseconds, and each of them becomes a handful of numbers.',
  'Those numbers are what the language model ?listens to.',
  'It writes a word down as soon as it is sure of it, and it never takes one back. That is why nothing on the screen ever jumps.',
  'Any questions so far?',
  'Yes, over there. Could you wait for the microphone, please? Thank you.',
  'How much of this needs a network connection?',
  'None of it. Once the model is on your machine you can pull the ?plug and go on talking.',
].join('|');

const settled = { say: SPEECH };

export const SHOTS: readonly Shot[] = [
  // README's picture.
  { name: '../images/listening', ...settled, height: 200 },
  { name: 'idle', starts: false },
  { name: 'idle-dark', starts: false, dark: true },
  { name: 'loading', query: 'loading=1' },
  { name: 'loading-dark-french-320', query: 'loading=1', lang: 'fr', dark: true, width: 320 },
  { name: 'loading-paused', query: 'loading=held' },
  { name: 'listening', query: '' },
  { name: 'captions', ...settled },
  { name: 'captions-dark', ...settled, dark: true },
  { name: 'captions-320', ...settled, width: 320 },
  { name: 'captions-forced-colors', ...settled, forcedColors: true },
  { name: 'captions-more-contrast', ...settled, moreContrast: true },
  { name: 'captions-french', say: PAROLES, lang: 'fr' },
  { name: 'captions-rtl', ...settled, dir: 'rtl' },
  { name: 'behind', ...settled, query: 'behind=7' },
  { name: 'paused', ...settled, act: 'pause' },
  { name: 'finishing', ...settled, query: 'endless=1', act: 'stop' },
  { name: 'error', refuse: 'microphone' },
  { name: 'error-dark-french-320', refuse: 'microphone', dark: true, lang: 'fr', width: 320 },
  { name: 'transcript', say: TALK, attributes: { mode: 'transcript' }, height: 560 },
  { name: 'transcript-dark', say: TALK, attributes: { mode: 'transcript' }, height: 560, dark: true },
  { name: 'transcript-320', say: TALK, attributes: { mode: 'transcript' }, width: 320, height: 640 },
  { name: 'transcript-420', say: TALK, attributes: { mode: 'transcript' }, width: 420, height: 560 },
  { name: 'transcript-forced-colors', say: TALK, attributes: { mode: 'transcript' }, height: 560, forcedColors: true },
  { name: 'transcript-scrolled', say: TALK, attributes: { mode: 'transcript' }, height: 560, act: 'scroll up' },
  { name: 'transcript-cursor', say: TALK, attributes: { mode: 'transcript' }, height: 560, act: 'focus word' },
  { name: 'download', say: TALK, attributes: { mode: 'transcript' }, height: 560, act: 'download' },
  { name: 'settings', ...settled, act: 'settings', height: 480 },
  { name: 'settings-dark-french-320', say: PAROLES, act: 'settings', lang: 'fr', dark: true, width: 320, height: 640 },
  { name: 'settings-not-kept', ...settled, act: 'settings', refuse: 'storage', height: 520 },
  {
    name: 'settings-yellow-huge',
    ...settled,
    settings: { size: 'largest', colours: 'yellow', lines: '3' },
    height: 400,
  },
  { name: 'button', attributes: { mode: 'button' }, starts: false },
];
