import { type BrowserContextOptions, chromium, type Page } from 'playwright'
import { ensureBuild, serveBuild } from '../site/site'
import { BROWSER_FLAGS, type BrowserWish, startBrowser } from './browser'

/**
 * Shows the built page to a command, in a browser of its own that ends with the visit.
 * @param visit gets an empty page and the address to open in it
 * @throws ColloquyError `backend` where there is no browser
 */
export async function visitBuild<T>(
  wish: BrowserWish,
  options: BrowserContextOptions,
  visit: (page: Page, address: string) => Promise<T>,
): Promise<T> {
  await ensureBuild()
  const site = await serveBuild(0)
  try {
    const browser = await startBrowser(wish, (executablePath) =>
      chromium.launch({ executablePath, args: [...BROWSER_FLAGS] }),
    )
    try {
      // A service worker would keep the page in a profile that goes away.
      const context = await browser.newContext({ ...options, serviceWorkers: 'block' })
      return await visit(await context.newPage(), site.url)
    } finally {
      await browser.close()
    }
  } finally {
    await site.close()
  }
}
