/** Gives the demo model spoken commands that it knows the words of. */
const element = document.querySelector('#dictating');
const last = document.querySelector('#last');

element.commands = {
  en: {
    next: { name: 'comma', text: ',' },
    stop: { name: 'full-stop', text: '.' },
    'new message': { name: 'new-paragraph', text: '\n\n' },
    'go back': { name: 'scratch', scratch: true },
  },
};
element.addEventListener('command', ({ detail: { name, words } }) => {
  last.textContent = `${name} (${words.map(({ text }) => text).join(' ')})`;
});
