import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { clockAheadMs, runAhead } from '../clock.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** Chromium's path: CHROMIUM_PATH (which `npm test` sets), else what is on the PATH. */
function browserPath(): string {
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  const path = [process.env['CHROMIUM_PATH'] ?? '', ...onPath].find((one) => one !== '' && existsSync(one));
  if (!path) throw new Error('The browser tests need Chromium: run them with `npm test`, or set CHROMIUM_PATH to one.');
  return path;
}

/** A headless browser that talks to nobody but the page under test. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: browserPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** A page in a context of its own, on the tests' clock. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  await context.addInitScript(runAhead, clockAheadMs());
  // Half of the time that a test has: a busy machine draws slowly.
  context.setDefaultTimeout(15_000);
  return context.newPage();
}
