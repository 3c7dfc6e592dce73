// What needs a script: copying, counting down, and small comforts. Everything else works without it.

const said = document.getElementById('said');
/** Milliseconds that the server is ahead of this computer, as in clock.js. */
const ahead = Date.parse(document.querySelector('meta[name="now"]').content) - Date.now();
const canCopyLater = window.isSecureContext && 'ClipboardItem' in window && 'write' in (navigator.clipboard ?? {});

// live.js replaces parts of the page, so what is set up at an element is set up again.
setUp();
document.addEventListener('keeper:swapped', setUp);

function setUp() {
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = !navigator.clipboard;
  for (const form of document.querySelectorAll('form[data-reveal]')) {
    if (!canCopyLater) continue;
    form.hidden = false;
    const button = form.querySelector('[data-copies]');
    if (button && !button.dataset.words) button.textContent = button.dataset.copies;
  }
  for (const form of document.querySelectorAll('form[data-show]')) form.hidden = form.dataset.isShown === 'yes';
  countDown();
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  showCopied(button);
});

document.addEventListener('submit', (event) => {
  if (event.target.matches('form[data-reveal]') && canCopyLater) void copyToken(event);
  if (event.target.matches('form[data-show]')) void showFile(event);
});

/** Puts the file with its secrets in the place of the one without. */
async function showFile(event) {
  event.preventDefault();
  const form = event.target;
  const answer = fetchToken(form);
  try {
    document.getElementById(form.dataset.show).textContent = (await answer).replaceAll('\0', '␀');
    form.dataset.isShown = 'yes';
    form.hidden = true;
  } catch {
    await showInstead(form, answer);
  }
}

/** Copies the token that the form would show, without putting it into this page. */
async function copyToken(event) {
  event.preventDefault();
  const form = event.target;
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
  if (button.dataset.words) return;
  button.dataset.words = button.textContent;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.textContent = 'Copied';
  said.textContent = 'Copied to the clipboard.';
  setTimeout(() => {
    button.textContent = button.dataset.words ?? button.textContent;
    delete button.dataset.words;
    said.textContent = '';
    document.dispatchEvent(new CustomEvent('keeper:settled'));
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

// Back to the page of the list that somebody came from (list.js).
const back = document.querySelector('.back a[href="/"]');
if (back) back.href = JSON.parse(sessionStorage.getItem('list'))?.here ?? '/';

const onward = document.querySelector('[data-onward]');
if (onward) location.replace(onward.href);

setInterval(countDown, 1000);

/** At its end the server has the word: what the page says until then is in `data-countdown`. */
function countDown() {
  for (const time of document.querySelectorAll('time[data-countdown], time[data-left]')) {
    const { dataset } = time;
    const left = secondsTo(time);
    if (left === 0 && dataset.isOver !== 'yes') document.dispatchEvent(new CustomEvent('keeper:ended'));
    dataset.isOver = left === 0 ? 'yes' : '';
    time.textContent = left > 0 ? `in ${inWords(left)}` : dataset.countdown || dataset.left || 'now';
    if (!('countdown' in dataset)) continue;
    time.previousElementSibling.hidden = left === 0;
    if (time.nextElementSibling) time.nextElementSibling.value = left;
  }
}

function secondsTo(time) {
  return Math.max(0, Math.round((new Date(time.dateTime) - Date.now() - ahead) / 1000));
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
  const button = event.submitter;
  if (button?.getAttribute('aria-busy')) event.preventDefault();
  button?.setAttribute('aria-busy', 'true');
  if (!button?.dataset.busy) return;
  button.dataset.words ??= button.textContent;
  button.textContent = said.textContent = button.dataset.busy;
});
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy]')) {
    button.removeAttribute('aria-busy');
    button.textContent = button.dataset.words ?? button.textContent;
    delete button.dataset.words;
  }
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
