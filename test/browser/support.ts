import Chromium from '@sparticuz/chromium';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';

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

/** One Chromium for a suite. It takes a second to start, and ten more the first time it is unpacked. */
export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: await Chromium.executablePath(), args: flags });
  const visitors: Visitor[] = [];
  return { visitor, endVisits, stop: () => browser.close() };

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

  async function endVisits(): Promise<void> {
    const ended = visitors.splice(0);
    await Promise.all(ended.map(({ page }) => page.context().close()));
    const complaints = ended.flatMap((made) => made.complaints);
    if (complaints.length > 0) throw new Error(`The pages complained:\n${complaints.join('\n')}`);
  }
}
