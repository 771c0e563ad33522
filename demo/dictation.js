/** The dictation page: a component with its own field, and the data that the form would send. */

const form = document.getElementById('form');
const sent = document.getElementById('sent');

/** A field and its button may both live in a shadow root: `for` looks there first. */
class SignedBy extends window.HTMLElement {
  static formAssociated = true;

  #internals = this.attachInternals();

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.append(document.getElementById('signed-by').content.cloneNode(true));
    root.getElementById('name').addEventListener('input', ({ target }) => this.#internals.setFormValue(target.value));
  }

  formResetCallback() {
    this.shadowRoot.getElementById('name').value = '';
    this.#internals.setFormValue('');
  }
}

customElements.define('signed-by', SignedBy);

// Only form controls have a value of their own.
form.addEventListener('formdata', ({ formData }) => {
  formData.append('remarks', document.getElementById('remarks').innerText);
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const rows = [...new window.FormData(form)].flatMap(([name, value]) => [
    Object.assign(document.createElement('dt'), { textContent: name }),
    Object.assign(document.createElement('dd'), { textContent: value || '(nothing)' }),
  ]);
  sent.replaceChildren(...rows);
});

form.addEventListener('reset', () => {
  document.getElementById('remarks').textContent = '';
  sent.replaceChildren();
});
