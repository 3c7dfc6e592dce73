// The pages of API keys: finding connections as one types, and the new key at hand. Both work without.

document.querySelector('[data-copy="made"]')?.focus();

const search = document.getElementById('q');
if (search) {
  const button = search.form.querySelector('[formaction]');
  const [chosen, found] = [document.getElementById('chosen'), document.getElementById('found')];
  const words = document.getElementById('found-words');
  const most = 50;
  let asked = 0;
  let soon;

  // Enter in another field creates the key now, which a button that sends the form would not let it do.
  button.type = 'button';
  button.hidden = true;
  search.addEventListener('input', () => {
    clearTimeout(soon);
    soon = setTimeout(find, 150);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    if (event.key === 'ArrowDown') found.querySelector('input')?.focus();
    else void find();
  });

  async function find() {
    const mine = ++asked;
    const response = await fetch(new URL(`../keys/new?q=${encodeURIComponent(search.value)}`, import.meta.url), {
      headers: { Accept: 'text/plain' },
      redirect: 'manual',
    }).catch(() => null);
    if (mine !== asked) return;
    if (!response?.ok) return sendInstead();
    const lines = (await response.text()).split('\n').filter(Boolean);
    if (mine === asked) showFound(lines.map((line) => line.split('\t')));
  }

  function showFound(all) {
    // What is ticked stays, whatever is searched for next.
    for (const box of found.querySelectorAll(':checked')) chosen.append(box.parentElement);
    const ticked = new Set([...chosen.querySelectorAll('input')].map((box) => box.value));
    const others = all.slice(0, most).filter(([name]) => !ticked.has(name));
    found.replaceChildren(...others.map(choice));
    if (all.length > most) words.textContent = `These are the first ${most} that fit. Search for others.`;
    else words.textContent = others.length === 0 ? 'No other connection fits.' : '';
  }

  /** The server's own page says best what is wrong, for example that one has to sign in again. */
  function sendInstead() {
    button.type = 'submit';
    button.click();
  }

  function choice([name, written]) {
    const [label, box, both, shown, beside] = ['label', 'input', 'span', 'span', 'bdi'].map((tag) =>
      document.createElement(tag),
    );
    Object.assign(box, { type: 'checkbox', name: 'connections', value: name });
    shown.className = 'name';
    shown.textContent = name;
    beside.className = 'soft small';
    beside.textContent = written;
    both.append(shown, ' ', beside);
    label.append(box, ' ', both);
    return label;
  }
}
