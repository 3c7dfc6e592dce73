import type { Response } from 'express';
import { elsewhere } from './elsewhere';
import { takeFlash, type TimedFlash } from './flash';
import type { AlertsView } from './views/alerts';
import type { ClientsView } from './views/clients';
import type { ConnectView } from './views/connect';
import type { ConnectionPage } from './views/connection-page';
import type { Document } from './markdown';
import type { DashboardView } from './views/dashboard';
import type { DoctorView } from './views/doctor';
import type { ErrorView } from './views/error';
import type { EventsView } from './views/events';
import type { ImportView } from './views/import';
import type { KeyView } from './views/key';
import type { KeysView } from './views/keys';
import type { LeavingView } from './views/leaving';
import type { LinksView } from './views/links';
import type { LoginView } from './views/login';
import type { NewKeyView } from './views/new-key';
import type { CodeView, DeviceFormView, DeviceView } from './views/other-ways';
import type { OutsiderView } from './views/outsider';
import type { ProductCheckView } from './views/product-check';
import type { RevealView } from './views/reveal';
import type { ScopesReview, ScopesView } from './views/scopes';
import type { SessionsView } from './views/sessions';
import type { SetupView } from './views/setup';
import type { UnansweredView } from './views/unanswered';

/** Finished words and dates for each page in views/, so that it needs only if, for and include. */
interface Pages {
  alerts: AlertsView;
  clients: ClientsView;
  connect: ConnectView;
  'connect-code': CodeView;
  'connect-device': DeviceFormView;
  connection: ConnectionPage;
  dashboard: DashboardView;
  device: DeviceView;
  doc: Document;
  doctor: DoctorView;
  error: ErrorView;
  events: EventsView;
  import: ImportView;
  key: KeyView;
  keys: KeysView;
  leaving: LeavingView;
  links: LinksView;
  login: LoginView;
  'new-key': NewKeyView;
  outsider: OutsiderView;
  'product-check': ProductCheckView;
  reveal: RevealView;
  scopes: ScopesView;
  'scopes-review': ScopesReview;
  sessions: SessionsView;
  setup: SetupView;
  unanswered: UnansweredView;
}

/** Pages from which people go to the consent page. */
const pagesToZoho: ReadonlySet<keyof Pages> = new Set([
  'clients',
  'dashboard',
  'connect',
  'connection',
  'scopes',
  'scopes-review',
  'setup',
]);

export function show<Page extends keyof Pages>(res: Response, page: Page, view: Pages[Page]): void {
  // The sentence waits for a page that it belongs to.
  const isAside = page === 'error' || page === 'login' || page === 'leaving' || page === 'outsider';
  const leadsToZoho = pagesToZoho.has(page);
  res.render(page, {
    flash: isAside ? null : unsaid(takeFlash(res), view, res.req.path),
    signedIn: res.locals['signedIn'] === true,
    isFirstProblem: once(),
    elsewhere: leadsToZoho ? elsewhere(res.req, String(res.app.locals['redirectUri'])) : null,
    ...view,
  });
}

/** The flash without what the page says itself: no sentence stands there twice, and no page links to itself. */
function unsaid(flash: TimedFlash | null, view: object, path: string): TimedFlash | null {
  if (flash === null) return null;
  const page = JSON.stringify(view);
  const isNew = (words = ''): boolean => !page.includes(JSON.stringify(words).slice(1, -1));
  const { reason, next, link, ...rest } = flash;
  return {
    ...rest,
    ...(reason && isNew(reason) && { reason }),
    ...(next && isNew(next) && { next }),
    ...(link && link.href !== path && { link }),
  };
}

/** True for the first field with a problem, which gets the focus. */
function once(): () => boolean {
  let isAsked = false;
  return () => !isAsked && (isAsked = true);
}

/** Longer ones do not fit into the 4 kB that nginx has for the headers of an answer. */
const longestLocation = 2000;

/** Sends the browser to another server: by a redirect, or with a long address by a page that leads there. */
export function leadTo(res: Response, url: string): void {
  if (url.length <= longestLocation) return res.redirect(303, url);
  show(res, 'leaving', { url, host: new URL(url).host });
}
