// One clock for all times of a page: relative words that go on, times of day in the viewer's zone, and UTC on hover.

/** Milliseconds that the server is ahead of this computer, whose clock may be wrong. */
const ahead = Date.parse(document.querySelector('meta[name="now"]').content) - Date.now();
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const renewing = 'renewing';
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

show();
setInterval(show, 5000);
// Parts of the page may be put in place anew.
new MutationObserver(show).observe(document.getElementById('main'), { childList: true, subtree: true });

function show() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const { dateTime, dataset } = time;
    time.title = `${dateTime.slice(0, 19).replace('T', ' ')} UTC`;
    if ('countdown' in dataset || 'left' in dataset) continue;
    const words = wordsOf(dataset, dateTime);
    if (time.textContent === words) continue;
    time.textContent = words;
    // What comes after a life the server says.
    if (words === renewing) document.dispatchEvent(new CustomEvent('keeper:ended'));
  }
}

function wordsOf(dataset, dateTime) {
  if ('clock' in dataset) return day.format(new Date(dateTime));
  return 'minutes' in dataset ? minutesTo(dateTime) : relativeWords(dateTime);
}

/** What is left of a life, as the server writes it (web/views/connection-state.ts). */
function minutesTo(dateTime) {
  const seconds = (Date.parse(dateTime) - Date.now() - ahead) / 1000;
  const minutes = Math.round(seconds / 60);
  if (seconds <= 0) return renewing;
  return minutes === 0 ? 'under 1 min' : `${minutes} min`;
}

/** As the server writes them (web/words.ts). */
function relativeWords(dateTime) {
  const seconds = (Date.parse(dateTime) - Date.now() - ahead) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return seconds < 0 ? 'just now' : 'in a moment';
  if (size < 90 * 60) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 36 * 3600) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86400), 'day');
}
