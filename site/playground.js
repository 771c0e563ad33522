/** The playground: a form for the element's attributes and custom properties, the live element, and the markup for it. */
import { logEvents } from './demo/log.js';

const $ = (id) => document.getElementById(id);
const FILM = new URL('demo/clips/captions.webm', import.meta.url).href;
const RECORDING = new URL('demo/clips/en_human_seen.wav', import.meta.url);

/**
 * Attributes with a control. An empty value means that the attribute is absent.
 * @type {readonly { name: string, type: 'choice' | 'number' | 'text' | 'switch', values?: readonly string[], usual: string, step?: number, min?: number, max?: number, hint: string }[]}
 */
const ATTRIBUTES = [
  { name: 'for', type: 'choice', values: ['', 'message', 'talk'], usual: 'nothing', hint: 'A text field or a video.' },
  { name: 'model', type: 'choice', values: ['demo', ''], usual: 'stt-1b-en_fr', hint: 'The default is 670 MB.' },
  { name: 'mode', type: 'choice', values: ['', 'transcript', 'button'], usual: 'captions', hint: 'What is shown.' },
  { name: 'lang', type: 'choice', values: ['', 'en', 'fr'], usual: 'page’s', hint: 'Language of the interface.' },
  { name: 'backend', type: 'choice', values: ['', 'wasm', 'webgpu'], usual: 'auto', hint: 'CPU or GPU.' },
  {
    name: 'track-mode',
    type: 'choice',
    values: ['', 'showing', 'disabled'],
    usual: 'hidden',
    hint: 'Of a video’s captions.',
  },
  { name: 'announce', type: 'choice', values: ['', 'off'], usual: 'polite', hint: 'To screen readers.' },
  {
    name: 'confidence-threshold',
    type: 'number',
    usual: '0.5',
    step: 0.05,
    min: 0,
    max: 1,
    hint: 'Marks words below it.',
  },
  {
    name: 'turn-horizon',
    type: 'choice',
    values: ['', '0.5', '1', '3'],
    usual: '2',
    hint: 'Seconds of silence that end a turn.',
  },
  {
    name: 'turn-threshold',
    type: 'number',
    usual: '0.5',
    step: 0.05,
    min: 0.05,
    max: 0.95,
    hint: 'Certainty that ends a turn.',
  },
  { name: 'phrases', type: 'text', usual: 'none', hint: 'Names and terms, separated by commas.' },
  { name: 'refresh-context', type: 'switch', usual: 'off', hint: 'For speech of many minutes.' },
  { name: 'editable', type: 'switch', usual: 'off', hint: 'With the mode transcript.' },
  { name: 'hotkey', type: 'text', usual: 'none', hint: 'Such as Ctrl+Shift+D or F9.' },
  { name: 'hotkey-mode', type: 'choice', values: ['', 'hold'], usual: 'toggle', hint: 'Hold: push to talk.' },
  {
    name: 'start-when',
    type: 'choice',
    values: ['', 'now'],
    usual: 'downloaded',
    hint: 'When the microphone is opened.',
  },
  { name: 'spoken-commands', type: 'switch', usual: 'off', hint: 'Such as comma, new line, scratch that.' },
  { name: 'wake-lock', type: 'switch', usual: 'off', hint: 'Keeps the screen on.' },
  { name: 'autoload', type: 'switch', usual: 'off', hint: 'Loads the model with the page.' },
  { name: 'name', type: 'text', usual: 'none', hint: 'Makes it a form field.' },
  { name: 'required', type: 'switch', usual: 'off', hint: 'In a form.' },
  { name: 'disabled', type: 'switch', usual: 'off', hint: 'Disables the button.' },
];

const PROPERTIES = [
  { name: '--kyutai-stt-accent', type: 'colour', usual: '#0b57d0' },
  { name: '--kyutai-stt-text', type: 'colour', usual: '#1b1d21' },
  { name: '--kyutai-stt-surface', type: 'colour', usual: '#f2f2f2' },
  { name: '--kyutai-stt-radius', type: 'text', usual: '0.75rem' },
  { name: '--kyutai-stt-caption-size', type: 'text', usual: '1.25em' },
  { name: '--kyutai-stt-lines', type: 'number', usual: '3', step: 1, min: 1, max: 8 },
];

let element;

$('attributes').append(...ATTRIBUTES.map((one) => setting(one)));
$('properties').append(...PROPERTIES.map((one) => setting(one)));
place();

$('form').addEventListener('submit', (event) => event.preventDefault());
$('form').addEventListener('input', ({ target }) => {
  if (target.type === 'color') switchOf(target.id).checked = true;
  if (target.id === 'for') place();
  else apply();
});
// The fields have their first values again after the event.
$('form').addEventListener('reset', () => setTimeout(place));

$('sample').addEventListener('click', () => {
  element.abort();
  element.start(RECORDING).catch((error) => {
    // The element shows and logs its own errors.
    if (error.name !== 'AbortError' && error.name !== 'SttError') throw error;
  });
});
$('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText($('markup').textContent);
    $('copied').textContent = 'Copied.';
  } catch {
    // Without permission the visitor can copy it manually.
    getSelection()?.selectAllChildren($('markup'));
    $('copied').textContent = 'Press Ctrl+C or ⌘C: the browser does not allow the page to copy.';
  }
});

/** A new element, alone or with the field or video that it is used for. */
function place() {
  element?.abort();
  const use = $('for').value;
  element = document.createElement('kyutai-stt');
  $('log').replaceChildren();
  logEvents(element, $('log'));
  apply();
  $('place').replaceChildren(...companions(use), element);
}

function companions(use) {
  if (use === 'message')
    return [Object.assign(document.createElement('textarea'), { id: use, ariaLabel: 'Message', rows: 3 })];
  if (use === 'talk') {
    const video = Object.assign(document.createElement('video'), {
      id: use,
      src: FILM,
      controls: true,
      playsInline: true,
    });
    video.setAttribute('aria-label', 'A video');
    return [video];
  }
  return [];
}

/** Sets what the form says on the element, and writes its markup. */
function apply() {
  const use = $('for').value;
  const values = new Map(
    ATTRIBUTES.map(({ name, type }) => [name, type === 'switch' ? $(name).checked : $(name).value]),
  );
  for (const [name, value] of values) {
    if (value === '' || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : value);
  }
  const style = PROPERTIES.map(({ name, type }) => [
    name,
    type === 'colour' && !switchOf(name).checked ? '' : $(name).value.trim(),
  ]);
  for (const [name, value] of style) element.style.setProperty(name, value);
  $('markup').textContent = markup(
    use,
    values,
    style.filter(([, value]) => value !== ''),
  );
  $('copied').textContent = '';
}

function markup(use, values, style) {
  const attributes = [...values]
    .filter(([, value]) => value !== '' && value !== false)
    .map(([name, value]) =>
      value === true ? name : `${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`,
    );
  const tag = ['<kyutai-stt', ...attributes].join(' ');
  const companion = {
    message: ['<label for="message">Message</label>', '<textarea id="message" name="message"></textarea>'],
    talk: ['<video id="talk" src="talk.webm" controls></video>'],
  }[use];
  const rules = style.map(([name, value]) => `    ${name}: ${value};`);
  return [
    '<script type="module" src="kyutai-stt.js"></script>',
    ...(rules.length > 0 ? ['<style>', '  kyutai-stt {', ...rules, '  }', '</style>'] : []),
    '',
    ...(companion ?? []),
    `${tag}></kyutai-stt>`,
  ].join('\n');
}

/** A labelled control for an attribute or a custom property. */
function setting({ name, type, values, usual, hint, step, min, max }) {
  const row = Object.assign(document.createElement('p'), { className: 'setting' });
  const label = Object.assign(document.createElement('label'), {
    htmlFor: name,
    textContent: name.replace('--kyutai-stt-', ''),
  });
  row.append(label, type === 'colour' ? colour(name, usual) : control());
  if (hint) row.append(Object.assign(document.createElement('small'), { textContent: hint }));
  return row;

  function control() {
    if (type === 'choice') {
      const select = Object.assign(document.createElement('select'), { id: name });
      select.append(...values.map((value) => new window.Option(value || `${usual} (default)`, value)));
      return select;
    }
    if (type === 'switch') return Object.assign(document.createElement('input'), { id: name, type: 'checkbox' });
    const input = Object.assign(document.createElement('input'), { id: name, type, placeholder: usual });
    if (type === 'number') Object.assign(input, { step, min, max });
    return input;
  }
}

/** A colour field always has a colour, so a switch beside it says whether it is used. */
function colour(name, usual) {
  const group = Object.assign(document.createElement('span'), { className: 'colour' });
  const used = Object.assign(document.createElement('input'), { id: `${name}-used`, type: 'checkbox' });
  used.setAttribute('aria-label', `Set ${name.replace('--kyutai-stt-', '')}`);
  const input = Object.assign(document.createElement('input'), { id: name, type: 'color' });
  input.setAttribute('value', usual); // a reset restores it
  group.append(used, input);
  return group;
}

function switchOf(name) {
  return $(`${name}-used`);
}
