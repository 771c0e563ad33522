/** Has the page kept for the next visit without a network, and says how far that is. */
const told = document.getElementById('kept');
const renew = document.getElementById('renew');

const tell = (text) => (told.textContent = text);

if (navigator.serviceWorker === undefined)
  tell('This page cannot be kept: that takes https, and a browser that does it.');
else keep().catch((error) => tell(`This page cannot be kept: ${error.message}`));

async function keep() {
  // Everything whose address begins with this: the page, its script and its worker, but no other page of the demo.
  const registration = await navigator.serviceWorker.register('sw.js', { scope: 'offline' });
  registration.addEventListener('updatefound', () => follow(registration));
  follow(registration);
}

/** Says what is true of the newest worker, now and whenever that changes. */
function follow(registration) {
  const { installing, waiting, active } = registration;
  const newest = installing ?? waiting ?? active;
  newest.onstatechange = () => say(newest, registration);
  say(newest, registration);
}

function say(worker, { active }) {
  const isNewer = active !== null && active !== worker;
  renew.hidden = !(isNewer && worker.state === 'installed');
  if (!renew.hidden) {
    tell('A new version of this page is here.');
    renew.onclick = () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true });
      worker.postMessage('take-over');
    };
  } else if (worker.state === 'activated')
    tell('This page is kept. It works with the network off, from the next time you open it.');
  else if (worker.state === 'redundant' && !isNewer)
    tell('This page was not kept: one of its files could not be downloaded or stored.');
  else if (!isNewer) tell('This page is being kept …');
}
