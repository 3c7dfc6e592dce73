// Keeps an open page up to date. The server says what has changed; the page is then read anew, and what differs is
// replaced: each element with `data-live` and an id, and in a list with `data-live-list` and an id also rows that came or
// went. The value of both names what to read anew for, such as `alerts` or `connections`; without one it is everything.

const parts = '[data-live][id]';
const lists = '[data-live-list][id]';
/** What shows time or size differs at every look: it is replaced without a word. */
const quiet = 'time, svg, progress, meter';
const longestWait = 60_000;
/** A computer that slept in the middle of reading has not read for hours. */
const longestRest = 5000;

const said = document.getElementById('said');
/** What the server sent, by id: scripts and people change the page itself. */
const sent = new Map([...document.querySelectorAll(parts)].map((part) => [part.id, wordsOf(part)]));

let source = null;
let wait = 1000;
let retry = 0;
let reading = null;
let isWaiting = false;
let readAfter = 0;

if (document.querySelector(`${parts}, ${lists}`)) {
  listen();
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : comeBack()));
  window.addEventListener('pagehide', leave);
  window.addEventListener('pageshow', (event) => event.persisted && comeBack());
  // A countdown is at its end, so there is something new soon.
  document.addEventListener('keeper:ended', () => setTimeout(readSoon, 2000));
  for (const event of ['focusout', 'toggle', 'close', 'keeper:settled'])
    document.addEventListener(event, continueReading, true);
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource(new URL('../live', import.meta.url));
  source.addEventListener('open', () => (wait = 1000));
  source.addEventListener('message', (event) => isWanted(JSON.parse(event.data)) && readSoon());
  source.addEventListener('signed-out', () => location.reload());
  source.addEventListener('error', () => {
    leave();
    retry = setTimeout(listen, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, longestWait);
  });
}

function leave() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

function comeBack() {
  listen();
  readSoon();
}

/** `connections` also means each of them, and `*` may mean anything. */
function isWanted(topics) {
  const wanted = [...document.querySelectorAll(`${parts}, ${lists}`)].flatMap(
    ({ dataset }) => (dataset.live || dataset.liveList)?.split(' ') ?? '',
  );
  return topics.some((topic) =>
    wanted.some((want) => topic === '*' || want === '' || topic === want || topic.startsWith(`${want}/`)),
  );
}

/** Reads at once, but rests between two for twice as long as one takes, up to five seconds. */
function readSoon() {
  if (reading) {
    isWaiting = true;
    return;
  }
  reading = setTimeout(read, Math.max(0, readAfter - Date.now()));
}

function read() {
  const began = Date.now();
  const request = new XMLHttpRequest();
  request.open('GET', location.href);
  request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
  // As a document of the browser's own making: text would have to be trusted.
  request.responseType = 'document';
  request.addEventListener('loadend', () => {
    reading = null;
    readAfter = Date.now() + Math.min(longestRest, Math.max(250, 2 * (Date.now() - began)));
    if (new URL(request.responseURL || location.href).pathname !== location.pathname) return location.reload();
    if (request.status === 200 && request.response) show(request.response);
    if (isWaiting) readSoon();
    isWaiting = false;
  });
  request.send();
}

/** Was held back before: by a dialog that is closed now, by something typed, or by a button that said “Copied”. */
let isHeldBack = false;
function continueReading() {
  if (!isHeldBack) return;
  isHeldBack = false;
  readSoon();
}

function show(page) {
  // The page is about to be left, as a form is on its way; or a token is being copied.
  if (document.querySelector('[aria-busy="true"]')) {
    isHeldBack = true;
    return;
  }
  const focused = focusedPlace();
  const changed = [];
  for (const list of document.querySelectorAll(lists)) changed.push(...showRows(list, page.getElementById(list.id)));
  for (const part of document.querySelectorAll(parts)) {
    const next = page.getElementById(part.id);
    if (next) changed.push(...showPart(part, next));
  }
  document.title = page.title;
  document.dispatchEvent(new CustomEvent('keeper:swapped'));
  refocus(focused);
  tell(changed);
}

function showPart(part, next) {
  const words = wordsOf(next);
  if (sent.get(part.id) === words) {
    showQuietly(part, next);
    return [];
  }
  if (isHeld(part)) {
    isHeldBack = true;
    return [];
  }
  sent.set(part.id, words);
  const folded = [...part.querySelectorAll('details')].map(({ open }) => open);
  [...next.querySelectorAll('details')].forEach((details, at) => (details.open ||= folded[at] ?? false));
  part.replaceWith(next);
  return [next];
}

function showQuietly(part, next) {
  const [old, fresh] = [part, next].map((element) => [...element.querySelectorAll(quiet)]);
  if (old.length === fresh.length) old.forEach((element, at) => element.replaceWith(fresh[at]));
}

/** Puts the rows into the order of the new list. Those that stay are replaced one by one, by `showPart`. */
function showRows(list, next) {
  if (!next) return [];
  const came = [];
  const kept = new Set();
  let place = list.firstElementChild;
  for (const row of [...next.children]) {
    const known = row.id && list.querySelector(`:scope > #${CSS.escape(row.id)}`);
    const shown = known || row;
    kept.add(shown);
    if (!known) {
      came.push(row);
      sent.set(row.id, wordsOf(row));
    }
    if (shown === place) place = place.nextElementSibling;
    else list.insertBefore(shown, place);
  }
  for (const row of [...list.children]) {
    if (kept.has(row)) continue;
    if (isHeld(row)) isHeldBack = true;
    else row.remove();
  }
  return came;
}

function wordsOf(part) {
  const copy = part.cloneNode(true);
  for (const element of copy.querySelectorAll(quiet)) element.remove();
  return copy.outerHTML;
}

/** Somebody has typed into it, answers a question, or is just being told by a button what it did. */
function isHeld(part) {
  if (part.querySelector(':popover-open, dialog[open], button[data-words]')) return true;
  return [...part.querySelectorAll('input, textarea, select')].some((field) => {
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.options)
      return [...field.options].some(
        (option) => option.selected !== option.defaultSelected && field.value !== field.options[0].value,
      );
    return field.value !== field.defaultValue;
  });
}

/** Where the focus is, to find it again in what replaces this place. */
function focusedPlace() {
  const element = document.activeElement;
  const part = element?.closest(parts);
  if (!part) return null;
  const alike = [...part.querySelectorAll(element.localName)].filter(
    (other) => other.textContent === element.textContent,
  );
  return { element, part: part.id, words: element.textContent, at: alike.indexOf(element) };
}

function refocus(place) {
  if (!place || place.element.isConnected) return place?.element.focus({ preventScroll: true });
  const part = document.getElementById(place.part);
  const known = place.element.id && document.getElementById(place.element.id);
  const alike = [...(part?.querySelectorAll(place.element.localName) ?? [])].filter(
    (other) => other.textContent === place.words,
  );
  (known || alike[place.at] || alike[0] || part?.querySelector('a, button'))?.focus({ preventScroll: true });
}

function tell(changed) {
  for (const part of changed) part.classList.add('changed');
  setTimeout(() => changed.forEach((part) => part.classList.remove('changed')), 300);
  const named = changed.filter((part) => part.dataset.liveName);
  if (named.length === 0) return;
  const words = named.slice(0, 3).map((part) => {
    const state = part.querySelector('.status, .pill')?.textContent.trim();
    return state ? `${part.dataset.liveName}: ${state}` : part.dataset.liveName;
  });
  if (named.length > words.length) words.push(`and ${named.length - words.length} more`);
  said.textContent = `Changed: ${words.join(', ')}.`;
}
