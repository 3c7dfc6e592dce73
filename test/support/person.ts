import { randomUUID } from 'node:crypto';
import supertest, { type Response } from 'supertest';
import { basePathOf } from '../../src/lib/base-path';
import type { Simulator } from '../../src/simulator/simulator';

/** Somebody at a browser: keeps cookies, sends what browsers send with a form, follows redirects within the Keeper. */
export interface Person {
  visit(path: string): Promise<Response>;
  /** The same without following a redirect. */
  open(path: string): Promise<Response>;
  /** Opens `page` (default /), fills in its form for `action` and sends it. Does not follow the answer. */
  submit(action: string, fields?: Record<string, string>, page?: string): Promise<Response>;
  /** Presses Connect Zoho and accepts (or rejects) at Zoho. Returns the callback address that Zoho sends the browser to. */
  consent(options?: ConsentOptions): Promise<string>;
  /** The whole way: connect, accept, callback, and the page that comes after. */
  connect(options?: ConsentOptions): Promise<Response>;
  /** The session's. */
  cookie(): string;
}

export interface ConsentOptions {
  name?: string;
  scopes?: string;
  dataCenter?: string;
  accept?: boolean;
  /** Data centre that the Zoho user lives in. */
  userIn?: 'us' | 'eu' | 'in' | 'ca';
  zuid?: number;
}

/** `seen` is given every answer, redirects included. The Keeper may be below a path of its host, and behind TLS of the authority `ca`. */
export function person(
  app: { readonly url: string; readonly simulator: Pick<Simulator, 'control'>; readonly ca?: Buffer },
  seen: (response: Response) => void = () => undefined,
): Person {
  const { origin } = new URL(app.url);
  const base = basePathOf(app.url);
  const at = (path: string): string => (path.startsWith(`${base}/`) ? path : base + path);
  const agent = supertest.agent(origin, app.ca && { ca: app.ca });
  let cookies = '';

  async function open(path: string): Promise<Response> {
    const response = await agent.get(at(path)).set('Sec-Fetch-Site', 'none');
    remember(response);
    return response;
  }

  async function visit(path: string): Promise<Response> {
    const response = await open(path);
    const { location } = response.headers as Record<string, string | undefined>;
    if (response.status !== 303 || !location?.startsWith('/')) return response;
    if (!location.startsWith(base)) throw new Error(`a redirect leads out of ${base}, to ${location}`);
    return visit(location);
  }

  function remember(response: Response): void {
    seen(response);
    const set = response.headers['set-cookie'] as unknown as string[] | undefined;
    const session = set?.find((cookie) => cookie.includes('keeper'));
    if (session) cookies = session.split(';')[0] ?? '';
  }

  async function submit(action: string, fields: Record<string, string> = {}, page = '/'): Promise<Response> {
    const form = formOf(await pageWith(action, page), at(action));
    const response = await agent
      .post(at(action))
      .type('form')
      .set('Origin', origin)
      .set('Sec-Fetch-Site', 'same-origin')
      .send({ ...form, ...fields });
    remember(response);
    return response;
  }

  /** A list of many connections has fewer forms than their own pages. */
  async function pageWith(action: string, page: string): Promise<string> {
    const { text } = await visit(page);
    const [own] = /^\/connections\/[^/]+/.exec(action) ?? [];
    if (text.includes(`action="${at(action)}"`) || own === undefined) return text;
    return (await visit(own)).text;
  }

  async function consent({ name = '', scopes, dataCenter, accept = true, userIn, zuid }: ConsentOptions = {}) {
    const typed = { name, ...(scopes && { scopes }), ...(dataCenter && { data_center: dataCenter }) };
    const response = await submit('/connect', typed);
    if (response.status !== 303) throw new Error(`connect answered ${response.status}`);
    return approve(response.headers['location'] as string, { accept, userIn, zuid });
  }

  function approve(
    address: string,
    { accept, userIn, zuid }: { accept: boolean; userIn: string | undefined; zuid: number | undefined },
  ) {
    const { control } = app.simulator;
    const user = zuid ?? (userIn ? control.users().find((known) => known.dataCenter === userIn)?.zuid : undefined);
    return control.authorize(address, { accept, ...(user !== undefined && { zuid: user }) });
  }

  async function connect(options: ConsentOptions = {}): Promise<Response> {
    return visit(pathOf(await consent(options)));
  }

  return { visit, open, submit, consent, connect, cookie: () => cookies };
}

export function pathOf(address: string): string {
  const { pathname, search } = new URL(address);
  return pathname + search;
}

/** The hidden and preset fields of the form with this action, as a browser would send them. */
export function formOf(html: string, action: string): Record<string, string> {
  const form = html.split('<form').find((part) => part.includes(`action="${action}"`));
  if (!form) throw new Error(`the page has no form for ${action}`);
  const body = form.split('</form>')[0] ?? '';
  const fields: Record<string, string> = {};
  for (const [tag] of body.matchAll(/<input[^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(tag)?.[1];
    const isOff = tag.includes('type="checkbox"') && !/ checked\b/.test(tag);
    if (name && !isOff) fields[name] = (/value="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&');
  }
  return fields;
}

/** A name that no other test uses. */
export function someName(): string {
  return `c-${randomUUID().slice(0, 8)}`;
}
