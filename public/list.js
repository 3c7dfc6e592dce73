// Comforts of the connections’ page: keys, and coming back to where one was. It works without.

const search = document.getElementById('q');
const links = () => [...document.querySelectorAll('#list .name')];
const here = location.pathname + location.search;

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
  if (event.key === '/' && search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === 'j') move(1);
  if (event.key === 'k') move(-1);
});

/** Enter opens the connection that has the focus, as it does with any link. */
function move(step) {
  const all = links();
  const row = document.activeElement.closest('#list li');
  const at = row ? all.findIndex((link) => row.contains(link)) : -1;
  const next = row ? at + step : step > 0 ? 0 : all.length - 1;
  all[Math.max(0, Math.min(next, all.length - 1))]?.focus();
}

// One menu at a time, and none when somebody clicks or presses Escape elsewhere.
document.addEventListener('click', (event) => closeMenus(event.target.closest('.menu')));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('#list .menu[open]');
  closeMenus(null);
  menu?.querySelector('summary').focus();
});
function closeMenus(except) {
  for (const menu of document.querySelectorAll('#list .menu[open]')) if (menu !== except) menu.open = false;
}

// Where somebody leaves the list, by a link or a form, is where they come back to.
for (const event of ['click', 'submit']) document.addEventListener(event, remember);
function remember({ target }) {
  const row = target.closest?.('#list li');
  if (row) sessionStorage.setItem('list', JSON.stringify({ here, row: row.id, top: row.getBoundingClientRect().top }));
}

const left = JSON.parse(sessionStorage.getItem('list') ?? 'null');
const row = left?.here === here ? document.getElementById(left.row) : null;
if (row) {
  sessionStorage.removeItem('list');
  row.querySelector('.name').focus({ preventScroll: true });
  scrollBy(0, row.getBoundingClientRect().top - left.top);
}
