// What needs a script: copying, counting down, and small comforts. Everything else works without it.

const said = document.getElementById('said');
/** Milliseconds that the server is ahead of this computer, as in clock.js. */
const ahead = Date.parse(document.querySelector('meta[name="now"]').content) - Date.now();
const canCopyLater = window.isSecureContext && 'ClipboardItem' in window && 'write' in (navigator.clipboard ?? {});

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    showCopied(button);
  });
}

for (const form of document.querySelectorAll('form[data-reveal]')) {
  if (!canCopyLater) continue;
  const button = form.querySelector('[data-copies]');
  if (button) button.textContent = button.dataset.copies;
  form.hidden = false;
  form.addEventListener('submit', copyToken);
}

for (const form of document.querySelectorAll('form[data-show]')) {
  form.hidden = false;
  form.addEventListener('submit', showFile);
}

/** Puts the file with its secrets in the place of the one without. */
async function showFile(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const answer = fetchToken(form);
  try {
    document.getElementById(form.dataset.show).textContent = (await answer).replaceAll('\0', '␀');
    form.hidden = true;
  } catch {
    await showInstead(form, answer);
  }
}

/** Copies the token that the form would show, without putting it into this page. */
async function copyToken(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector('button');
  if (button.getAttribute('aria-busy')) return;
  button.setAttribute('aria-busy', 'true');
  const answer = fetchToken(form);
  try {
    // A promise, since Safari allows writing only while the click is being handled.
    const text = answer.then((token) => new Blob([token], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': text })]);
    showCopied(button);
  } catch {
    await showInstead(form, answer);
  } finally {
    button.removeAttribute('aria-busy');
  }
}

async function fetchToken(form) {
  const response = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: 'text/plain' },
    redirect: 'manual',
  });
  if (response.type === 'opaqueredirect') throw new Error('redirected');
  if (!response.ok || !response.headers.get('Content-Type')?.startsWith('text/plain')) throw new Error('no token');
  return response.text();
}

/** The server's own page says best what is wrong: sign in again, or why there is no token to copy. */
async function showInstead(form, answer) {
  const reason = await answer.then(() => '', String);
  if (reason.endsWith('redirected')) location.reload();
  else form.submit();
}

function showCopied(button) {
  button.dataset.words ??= button.textContent;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.textContent = 'Copied';
  said.textContent = 'Copied to the clipboard.';
  setTimeout(() => {
    button.textContent = button.dataset.words;
    said.textContent = '';
  }, 2000);
}

// What stands behind the # does not reach the server.
const landing = document.querySelector('input[name="next"]');
if (landing) landing.value += location.hash;

for (const input of document.querySelectorAll('[data-must-equal]')) {
  input.addEventListener('input', () => {
    document.querySelector('[data-equals]').hidden = input.value.trim() !== input.dataset.mustEqual;
  });
}

const onward = document.querySelector('[data-onward]');
if (onward) location.replace(onward.href);

const countdowns = [...document.querySelectorAll('time[data-countdown]')];
countDown();
setInterval(countDown, 1000);

function countDown() {
  for (const time of countdowns) {
    const left = Math.max(0, Math.round((new Date(time.dateTime) - Date.now() - ahead) / 1000));
    const lead = time.previousElementSibling;
    const life = time.nextElementSibling;
    time.textContent = left > 0 ? `in ${inWords(left)}` : 'expired';
    lead.hidden = left === 0;
    life.value = left;
  }
}

for (const time of document.querySelectorAll('time[data-left]')) {
  setInterval(() => {
    const left = Math.max(0, Math.round((new Date(time.dateTime) - Date.now() - ahead) / 1000));
    time.textContent = left > 0 ? `in ${inWords(left)}` : 'now';
  }, 1000);
}

// This page leads on when somebody has accepted elsewhere.
if (document.querySelector('[data-poll]')) {
  setInterval(async () => {
    const answer = await fetch(location.href, { redirect: 'manual' }).catch(() => null);
    if (answer?.type === 'opaqueredirect') location.reload();
  }, 3000);
}

function inWords(seconds) {
  const hours = seconds > 3600 ? Math.floor(seconds / 3600) : 0;
  const minutes = Math.floor(seconds / 60) - hours * 60;
  return `${hours > 0 ? `${hours} h ` : ''}${seconds >= 60 ? `${minutes} min ` : ''}${seconds % 60} s`;
}

const dataCenter = document.getElementById('data_center');
const consoleLink = document.querySelector('[data-console-link]');
if (consoleLink) {
  dataCenter.addEventListener('change', () => {
    consoleLink.href = dataCenter.selectedOptions[0].dataset.console;
  });
}

// Zoho may take seconds to answer, and a second press would ask it twice.
document.addEventListener('submit', (event) => {
  // A download leaves this page as it is.
  if (event.defaultPrevented || event.target.matches('[data-download]')) return;
  if (event.submitter?.getAttribute('aria-busy')) event.preventDefault();
  event.submitter?.setAttribute('aria-busy', 'true');
});
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy]')) button.removeAttribute('aria-busy');
});

// Questions are modal where a script can make them so.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[popovertarget]');
  const dialog = button && document.getElementById(button.getAttribute('popovertarget'));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else dialog.showModal();
});

// One menu is open at a time, and it closes as menus do.
document.addEventListener('click', ({ target }) => closeMenus(target.closest('.menu')));
document.addEventListener('keydown', ({ key, target }) => {
  const menu = key === 'Escape' && target.closest('.menu[open]');
  if (!menu) return;
  closeMenus(null);
  menu.querySelector('summary').focus();
});

function closeMenus(kept) {
  for (const menu of document.querySelectorAll('.menu[open]')) menu.open = menu === kept;
}

// A page that was left in the background shows old states: it is read anew when somebody comes back to it.
const shownSince = Date.now();
document.addEventListener('visibilitychange', () => {
  const isStale = Date.now() - shownSince > 60_000;
  if (document.hidden || !isStale || !document.querySelector('[data-live]')) return;
  if (!document.querySelector('details.another[open], details.more[open], dialog[open], :popover-open'))
    location.reload();
});
