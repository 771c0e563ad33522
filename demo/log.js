/** Shows an element's events, newest first, with the seconds since the page was opened. */

const EVENTS = [
  'statechange',
  'progress',
  'ready',
  'start',
  'transcript',
  'turn',
  'stall',
  'recovery',
  'devicechange',
  'end',
  'error',
];
const KEPT = 200;

/** A short description of each event's detail. */
const DESCRIBE = {
  statechange: ({ previous, state }) => `${previous} → ${state}`,
  progress: ({ phase, loaded, total }) => (total ? `${phase} ${Math.round((100 * loaded) / total)} %` : phase),
  ready: ({ model, backend, build }) => `${model}, ${backend} (${build})`,
  transcript: ({ text, isFinal }) => `${text}${isFinal ? ' ·' : ' …'}`,
  turn: ({ time, probability }) => `at ${time.toFixed(2)} s, ${Math.round(100 * probability)} % confidence`,
  stall: ({ seconds }) => `${seconds.toFixed(1)} s behind`,
  recovery: ({ reason, since }) => `${reason}, replayed from ${since.toFixed(2)} s`,
  devicechange: ({ label }) => label,
  error: ({ message }) => message,
};

/**
 * @param {HTMLElement} element a <kyutai-stt>
 * @param {HTMLOListElement} list
 */
export function logEvents(element, list) {
  for (const type of EVENTS) {
    element.addEventListener(type, ({ detail, timeStamp }) => {
      const line = document.createElement('li');
      const name = document.createElement('b');
      name.textContent = type;
      const time = document.createElement('time');
      time.textContent = `${(timeStamp / 1000).toFixed(2)} s`;
      line.append(time, name, ` ${DESCRIBE[type]?.(detail) ?? ''}`);
      list.prepend(line);
      while (list.childElementCount > KEPT) list.lastElementChild?.remove();
    });
  }
}
