/** Stores the page for visits without a network, and shows the progress. */
const output = document.getElementById('kept');
const renew = document.getElementById('renew');

const show = (text) => (output.textContent = text);

if (navigator.serviceWorker === undefined)
  show('This page cannot be stored for offline use: that needs HTTPS and a browser with service workers.');
else keep().catch((error) => show(`This page cannot be stored for offline use: ${error.message}`));

async function keep() {
  // Covers the page, its script and its worker, but no other page of the demo.
  const registration = await navigator.serviceWorker.register('sw.js', { scope: 'offline' });
  registration.addEventListener('updatefound', () => follow(registration));
  follow(registration);
}

/** Shows the state of the newest worker, now and after each change. */
function follow(registration) {
  const { installing, waiting, active } = registration;
  const newest = installing ?? waiting ?? active;
  newest.onstatechange = () => showState(newest, registration);
  showState(newest, registration);
}

function showState(worker, { active }) {
  const isNewer = active !== null && active !== worker;
  renew.hidden = !(isNewer && worker.state === 'installed');
  if (!renew.hidden) {
    show('A new version of this page is available.');
    renew.onclick = () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true });
      worker.postMessage('take-over');
    };
  } else if (worker.state === 'activated')
    show('This page is stored. From the next visit on it works without a network.');
  else if (worker.state === 'redundant' && !isNewer)
    show('This page was not stored: one of its files could not be downloaded or stored.');
  else if (!isNewer) show('Storing this page…');
}
