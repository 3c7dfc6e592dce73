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
  return { element, rows, count: element.querySelector('summary span') };
}

function readRow(element, product) {
  const boxes = [...element.querySelectorAll('input')];
  const [name, code] = element.firstElementChild.childNodes;
  const operations = boxes.map((box) => `${box.parentElement.textContent} ${box.value.split('.').at(-1)}`).join(' ');
  return {
    element,
    boxes,
    own: wordsOf(name.textContent.replace(/\(.*/, '')),
    words: wordsOf(`${product} ${name.textContent} ${code.textContent}`),
    operations: wordsOf(operations),
    code: code.textContent.toLowerCase(),
  };
}

/** Also the parts of words that are written together, such as ZohoCRM. E-mail is email. */
function wordsOf(joined) {
  const text = joined.replaceAll('-', '');
  const parts = text.replace(/([a-z])([A-Z])/g, '$1 $2');
  return `${text} ${parts}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Shows what all typed words begin words of, the best first; nothing typed shows the tiles as they were. */
function find() {
  const typed =
    search.value
      .toLowerCase()
      .replaceAll('-', '')
      .match(/[^\s,]+/g) ?? [];
  const isSearching = typed.length > 0;
  if (isSearching && !picker.classList.contains('searching'))
    for (const tile of tiles) tile.wasOpen = tile.element.open;
  const results = tiles.map((tile) => ({ tile, rows: ranked(tile.rows, typed) }));
  for (const { tile, rows } of results) {
    for (const { element } of tile.rows) element.hidden = true;
    for (const { row } of rows) row.element.hidden = false;
    tile.element.append(...rows.map(({ row }) => row.element));
    tile.element.hidden = rows.length === 0;
    tile.element.open = isSearching || (tile.wasOpen ?? tile.element.open);
  }
  const best = ({ rows: [first] }) => first?.rank ?? Infinity;
  results.sort((one, other) => best(one) - best(other) || tiles.indexOf(one.tile) - tiles.indexOf(other.tile));
  tiles[0].element.parentElement.append(...results.map(({ tile }) => tile.element));
  picker.classList.toggle('searching', isSearching);
  const found = results.flatMap(({ rows }) => rows).reduce((sum, { row }) => sum + row.boxes.length, 0);
  document.getElementById('found').textContent = isSearching ? `${counted(found)} found.` : '';
  document.getElementById('none-found').hidden = found > 0;
}

/** Rows that fit, those first whose own name begins with the first word typed; after few letters only the best. */
function ranked(rows, typed) {
  const [first] = typed;
  const rank = ({ own }) => (first === undefined || own[0]?.startsWith(first) ? 0 : own.some(begins(first)) ? 1 : 2);
  const fitting = rows.filter((row) => typed.every((word) => fits(row, word, typed.length > 1)));
  const found = fitting.map((row) => ({ row, rank: rank(row) })).sort((one, other) => one.rank - other.rank);
  return typed.join('').length > 3 ? found : found.filter((one) => one.rank === found[0].rank);
}

/** An operation beside other words narrows the rows; alone it would find nearly all. */
function fits({ words, operations, code }, word, isOneOfSome) {
  return code.startsWith(word) || words.some(begins(word)) || (isOneOfSome && operations.some(begins(word)));
}

function begins(word) {
  return (text) => text.startsWith(word);
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

/** In the order of the page, which the search changes. */
function rowsInSight() {
  const elements = [...picker.querySelectorAll('.tile[open]:not([hidden]) fieldset:not([hidden])')];
  return elements.map((element) => ({ boxes: [...element.querySelectorAll('input')] }));
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
  document.getElementById('picked-count').textContent = counted(all.length);
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

function counted(number) {
  return number === 1 ? '1 scope' : `${number} scopes`;
}
