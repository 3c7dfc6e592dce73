// The scope picker's comforts: search as one types, keys, presets that tick, and what is chosen. It works without.

const picker = document.getElementById('picker');
const search = document.getElementById('search');
const tiles = [...picker.querySelectorAll('.tile')].map(readTile);
const boxes = tiles.flatMap(({ rows }) => rows.flatMap((row) => row.boxes));

search.parentElement.hidden = false;
if (!document.querySelector('[autofocus]') && matchMedia('(pointer: fine)').matches) search.focus();
search.addEventListener('input', find);
picker.addEventListener('click', pick);
picker.addEventListener('change', showChosen);
document.addEventListener('keydown', move);
// A browser that comes back to the page has ticked again what was ticked.
window.addEventListener('pageshow', showChosen);
find();
showChosen();

function readTile(element) {
  const product = element.querySelector('summary b').textContent;
  const rows = [...element.querySelectorAll('fieldset')].map((row) => readRow(row, product));
  return { element, rows, count: element.querySelector('summary span'), wasOpen: element.open };
}

function readRow(element, product) {
  const boxes = [...element.querySelectorAll('input')];
  const text = `${product} ${element.firstElementChild.textContent}`;
  const operations = boxes.map((box) => `${box.parentElement.textContent} ${box.value.split('.').at(-1)}`).join(' ');
  return { element, boxes, words: wordsOf(text), operations: wordsOf(operations), text: text.toLowerCase() };
}

/** Also the parts of words that are written together, such as ZohoCRM. */
function wordsOf(text) {
  const parts = text.replace(/([a-z])([A-Z])/g, '$1 $2');
  return `${text} ${parts}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
}

/** Shows the rows that all typed words begin words of, and what belongs to them; nothing typed shows closed tiles. */
function find() {
  const typed = search.value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isSearching = typed.length > 0;
  if (isSearching && !picker.classList.contains('searching'))
    for (const tile of tiles) tile.wasOpen = tile.element.open;
  let found = 0;
  for (const tile of tiles) {
    const fitting = tile.rows.filter((row) => fits(row, typed));
    for (const row of tile.rows) row.element.hidden = !fitting.includes(row);
    tile.element.hidden = fitting.length === 0;
    if (isSearching) tile.element.open = fitting.length > 0;
    else if (picker.classList.contains('searching')) tile.element.open = tile.wasOpen;
    found += fitting.reduce((sum, row) => sum + row.boxes.length, 0);
  }
  picker.classList.toggle('searching', isSearching);
  document.getElementById('found').textContent = isSearching ? counted(found, 'found') : '';
  document.getElementById('none-found').hidden = found > 0;
}

function fits({ words, operations, text }, typed) {
  const begins = (word) => (one) => one.startsWith(word);
  return typed.every((word) =>
    word.includes('.')
      ? text.includes(word)
      : words.some(begins(word)) || (typed.length > 1 && operations.some(begins(word))),
  );
}

/** Arrows lead from the search to the scopes and among them; Enter in the search does not send the form. */
function move(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === '/' && !target.matches('textarea, input:not([type="checkbox"])')) go(search);
  else if (key === 'Escape' && target.name === 'scope') go(search);
  else if (target === search && (key === 'ArrowDown' || key === 'Enter')) go(rowsInSight()[0]?.boxes[0]);
  else if (target.name === 'scope' && key.startsWith('Arrow')) go(neighbour(target, key));
  else return;
  event.preventDefault();
}

function go(element) {
  element?.focus();
  if (element === search) search.select();
}

function neighbour(box, key) {
  const rows = rowsInSight();
  const at = rows.findIndex((row) => row.boxes.includes(box));
  const column = rows[at].boxes.indexOf(box);
  if (key === 'ArrowLeft') return rows[at].boxes[column - 1];
  if (key === 'ArrowRight') return rows[at].boxes[column + 1];
  if (key === 'ArrowUp' && at === 0) return search;
  const { boxes } = rows[at + (key === 'ArrowUp' ? -1 : 1)] ?? { boxes: [] };
  return boxes[Math.min(column, boxes.length - 1)];
}

function rowsInSight() {
  return tiles
    .filter(({ element }) => element.open && !element.hidden)
    .flatMap(({ rows }) => rows.filter(({ element }) => !element.hidden));
}

/** Does what the server would do with the button: a preset for all, a level for its product. */
function pick(event) {
  const button = event.target.closest('button[name="pick"]');
  if (!button) return;
  event.preventDefault();
  const { scopes } = button.dataset;
  if (scopes === undefined) pickLevel(button);
  else pickPreset(scopes.split(' ').filter(Boolean));
  showChosen();
}

function pickPreset(scopes) {
  const left = new Set(scopes.map((scope) => scope.toLowerCase()));
  for (const box of boxes) box.checked = left.delete(box.value.toLowerCase());
  const others = document.getElementById('scopes');
  others.value = scopes.filter((scope) => left.has(scope.toLowerCase())).join('\n');
}

function pickLevel(button) {
  const letter = button.value.split(':')[1][0];
  const isNothing = button.value.endsWith(':none');
  for (const box of button.closest('.tile').querySelectorAll('input')) {
    box.checked = !isNothing && (box.dataset.in ?? '').includes(letter);
  }
}

function showChosen() {
  const names = boxes.filter((box) => box.checked).map((box) => box.value);
  const others = document
    .getElementById('scopes')
    .value.split(/[\s,;]+/)
    .filter((word) => word.includes('.'));
  const all = [...new Set([...names, ...others])];
  document.getElementById('picked-count').textContent = `${counted(all.length, 'chosen')}`;
  document.getElementById('picked-list').replaceChildren(...all.map(item));
  for (const { rows, count } of tiles) {
    const chosen = rows.flatMap((row) => row.boxes).filter((box) => box.checked).length;
    count.textContent = chosen > 0 ? `${chosen} chosen` : '';
  }
}

function item(name) {
  const element = document.createElement('li');
  element.textContent = name;
  return element;
}

function counted(number, what) {
  return `${number} ${number === 1 ? 'scope' : 'scopes'} ${what}`;
}
