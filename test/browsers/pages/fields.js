/** Counts the events of each field, and dictates a recording into one. The test calls it from outside. */
const root = document.getElementById('host').attachShadow({ mode: 'open' });
root.innerHTML = '<input id="inner" /><kyutai-stt model="demo" mode="button" for="inner"></kyutai-stt>';

const FIELDS = {
  input: document.getElementById('input'),
  textarea: document.getElementById('textarea'),
  editable: document.getElementById('editable'),
  shadow: root.getElementById('inner'),
};
const elementFor = (field) =>
  [...field.getRootNode().querySelectorAll('kyutai-stt')].find((element) => element.getAttribute('for') === field.id);

/** Resolves with the field's text and the number of events of each type. */
globalThis.dictate = async (name, url) => {
  await customElements.whenDefined('kyutai-stt');
  const field = FIELDS[name];
  const events = { beforeinput: 0, input: 0 };
  for (const type of Object.keys(events)) field.addEventListener(type, () => events[type]++);
  field.focus();
  await transcribeWith(elementFor(field), url);
  return { text: 'value' in field ? field.value : field.innerText, ...events };
};

/** The element as a field of a form: resolves with the value that the form would send. */
globalThis.speak = async (url) => {
  await customElements.whenDefined('kyutai-stt');
  await transcribeWith(document.getElementById('itself'), url);
  return new FormData(document.getElementById('form')).get('spoken');
};

async function transcribeWith(element, url) {
  const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
  await element.start(new URL(url, document.baseURI));
  await ended;
}
