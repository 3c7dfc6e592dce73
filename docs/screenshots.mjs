// Takes the pictures of docs/images: the demo's pages with connections in every state, in both themes, and on a phone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Chromium from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('images/', import.meta.url));
const pages = {
  connections: '/',
  connection: '/connections/crm',
  broken: '/connections/officina',
  'new-connection': '/connect',
  'api-keys': '/keys',
  'new-key': '/keys/new?connections=crm',
  alerts: '/alerts',
  activity: '/events',
  clients: '/clients',
  setup: '/setup',
  import: '/import',
  'paste-a-code': '/connect/code',
  links: '/links',
  doctor: '/doctor',
};

const demo = spawn(process.execPath, [require.resolve('../dist/main.js'), 'demo', '--with-connections'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await addressOf(demo);
  const browser = await chromium.launch({ executablePath: await Chromium.executablePath(), args: ['--no-sandbox'] });
  for (const colorScheme of ['light', 'dark']) {
    await take(browser, colorScheme, { width: 1280, height: 800 }, pages, url);
    await take(
      browser,
      colorScheme,
      { width: 360, height: 720 },
      { phone: '/', 'phone-connection': '/connections/crm' },
      url,
    );
  }
  await browser.close();
} finally {
  demo.kill();
  await once(demo, 'exit');
}

async function addressOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const [, address] = /Open\s+(\S+)/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error('the demo did not start');
}

async function take(browser, colorScheme, viewport, shown, url) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  for (const [name, path] of Object.entries(shown)) {
    await page.goto(url + path);
    await page.screenshot({ path: `${folder}${name}-${colorScheme}.png` });
  }
  await context.close();
}
