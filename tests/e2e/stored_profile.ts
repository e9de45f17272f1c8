/** Browsers with profiles on disk, and the page's messages about its store. */
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browsers/browser'

/** Starts a browser of its own with the profile in `folder`. */
export function openProfile(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, {
    executablePath: findBrowser() ?? undefined,
    args: [...BROWSER_FLAGS],
    serviceWorkers: 'block',
  })
}

/** The warnings of the run that contain a text. */
export function warned(page: Page, text: string): Locator {
  return page.locator('.warnings li', { hasText: text })
}
