import type { Response } from 'express';
import { takeFlash } from './middleware/session';
import type { AlertsView } from './views/alerts';
import type { ConnectionPage } from './views/connection';
import type { DashboardView } from './views/dashboard';
import type { ErrorView } from './views/error';
import type { EventsView } from './views/events';
import type { KeysView } from './views/keys';
import type { LoginView } from './views/login';
import type { ProductCheckView } from './views/product-check';
import type { RevealView } from './views/reveal';
import type { SetupView } from './views/setup';

/** Finished words and dates for each page in views/, so that it needs only if, for and include. */
interface Pages {
  alerts: AlertsView;
  connection: ConnectionPage;
  dashboard: DashboardView;
  error: ErrorView;
  events: EventsView;
  keys: KeysView;
  login: LoginView;
  'product-check': ProductCheckView;
  reveal: RevealView;
  setup: SetupView;
}

export function show<Page extends keyof Pages>(res: Response, page: Page, view: Pages[Page]): void {
  // The sentence waits for a page that it belongs to.
  const isAside = page === 'error' || page === 'login';
  const flash = isAside ? null : takeFlash(res.req);
  res.render(page, { flash, signedIn: res.locals['signedIn'] === true, ...view });
}
