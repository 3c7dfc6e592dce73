/** Somebody at a browser who signs in at Zoho as `zuid` and agrees to everything: keeps cookies, follows redirects. */
export function createBrowser(zuid) {
  const cookies = new Map();
  return { connect };

  /** Opens a client's `/connect` and goes all the way. Resolves with the status of the page at the end. */
  async function connect(url) {
    let page = await open(url);
    // To sign in, and to agree.
    for (let n = 0; n < 2 && page.form !== undefined; n++) {
      page = await open(page.form.action, { method: 'POST', body: page.form.fields });
    }
    return page.status;
  }

  async function open(url, request = {}) {
    const answer = await fetch(url, { ...request, redirect: 'manual', headers: { Cookie: header() } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location !== null) return open(new URL(location, url));
    return { status: answer.status, form: formOf(await answer.text(), url) };
  }

  /** One jar for all: cookies know hosts, not ports. */
  function header() {
    return [...cookies].map((pair) => pair.join('=')).join('; ');
  }

  function formOf(text, url) {
    const [, action, inside] = /<form method="post" action="([^"]+)"[^>]*>([^]*?)<\/form>/.exec(text) ?? [];
    if (action === undefined) return undefined;
    const fields = new URLSearchParams({ zuid, decision: 'accept' });
    for (const [, name, value] of inside.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
      fields.set(name, plain(value));
    }
    return { action: new URL(action, url), fields };
  }
}

function plain(html) {
  const characters = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return html
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll(/&(amp|lt|gt|quot);/g, (_, name) => characters[name]);
}
