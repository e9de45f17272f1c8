import { type BrowserContextOptions, chromium, type Page } from 'playwright'
import { ColloquyError, type ErrorDetail } from '../../errors'
import { ensureBuild, serveBuild } from '../site/site'
import { BROWSER_FLAGS, findBrowser } from './browser'

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

/** The command that wants a browser, the browser's purpose, and what to do without one. */
export type BrowserWish = Pick<ErrorDetail, 'what' | 'wanted' | 'todo'>

/** @throws ColloquyError `backend` if no browser is found, or it does not start */
export async function startBrowser<T>(
  wish: BrowserWish,
  launch: (executablePath: string) => Promise<T>,
): Promise<T> {
  const missing = (found: string, cause?: unknown) =>
    new ColloquyError({ code: 'backend', ...wish, found }, { cause })
  const path = findBrowser()
  if (path === null) throw missing('no Chrome, Chromium or Edge')
  try {
    return await launch(path)
  } catch (cause) {
    throw missing(`${path}, which does not start`, cause)
  }
}
