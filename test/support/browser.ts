import { setTimeout as wait } from 'node:timers/promises';
import Chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

/** Somebody at a real Chromium, with a cookie jar of their own. */
export interface Visitor {
  readonly page: Page;
  /** Errors on the pages' console and in their scripts, refusals by the Content-Security-Policy among them. */
  readonly complaints: readonly string[];
  clipboard(): Promise<string>;
}

export interface TestBrowser {
  /** A visitor who stands at `url`, which may use the clipboard. */
  visitor(url: string, options?: BrowserContextOptions): Promise<Visitor>;
  /** An empty page of somebody whose pages may complain: an attacker, or one who meets refusals. */
  stranger(options?: BrowserContextOptions): Promise<Page>;
  /** Ends all visits. Throws when a page complained, so that every test notices. */
  endVisits(): Promise<void>;
  stop(): Promise<void>;
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** One Chromium for a suite, with further flags where a suite needs them. */
export async function startBrowser(moreFlags: readonly string[] = []): Promise<TestBrowser> {
  const browser = await launch([...flags, ...moreFlags]);
  const visitors: Visitor[] = [];
  const strangers: Page[] = [];
  return { visitor, stranger, endVisits, stop: () => browser.close() };

  async function visitor(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext(options);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
    // Shorter than a test's own limit, so that a failure names what was waited for.
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    const made = { page, complaints, clipboard: () => page.evaluate<string>('navigator.clipboard.readText()') };
    visitors.push(made);
    await page.goto(url);
    return made;
  }

  async function stranger(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(8000);
    const page = await context.newPage();
    strangers.push(page);
    return page;
  }

  async function endVisits(): Promise<void> {
    await Promise.all(strangers.splice(0).map((page) => page.context().close()));
    const ended = visitors.splice(0);
    await Promise.all(ended.map(({ page }) => page.context().close()));
    const complaints = ended.flatMap((made) => made.complaints);
    if (complaints.length > 0) throw new Error(`The pages complained:\n${complaints.join('\n')}`);
  }
}

/** Chromium is unpacked once a machine; a file that another worker is still writing cannot be run yet (ETXTBSY). */
async function launch(args: string[]): Promise<Browser> {
  const executablePath = await Chromium.executablePath();
  for (let tries = 1; ; tries++) {
    try {
      return await chromium.launch({ executablePath, args });
    } catch (error) {
      if (tries === 100 || !String(error).includes('ETXTBSY')) throw error;
      await wait(200);
    }
  }
}

export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true });
}

export async function press(page: Page, name: string): Promise<void> {
  await button(page, name).first().click();
}

/** Signs out by the menu of the account. */
export async function signOut(page: Page): Promise<void> {
  await page.locator('summary[aria-label="Account"]').click();
  await press(page, 'Sign out');
}

/** Resolves once the words can be seen; throws after a while. */
export async function see(page: Page, words: string): Promise<void> {
  await page.getByText(words).filter({ visible: true }).first().waitFor();
}

/** The whole way from the dashboard to the simulated Zoho, to the connection's page, and back to the dashboard. */
export async function connect(page: Page): Promise<void> {
  const { origin } = new URL(page.url());
  await press(page, 'Connect Zoho');
  await press(page, 'Accept');
  await page.waitForURL(`${origin}/connections/*`);
  await page.goto(`${origin}/`);
}
