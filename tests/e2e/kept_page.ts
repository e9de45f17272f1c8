/** Visitors whose browsers keep the page, and come back to it. */
import type { BrowserContext, Page } from 'playwright'
import { appears } from './appears'
import { button, linkTo, openSettings, quickRun } from './visitors'

export const LINK = linkTo(quickRun({ steps: 1 }))
export const ALLOWED = { serviceWorkers: 'allow' } as const

/**
 * Runs the shared run, even if it is kept already.
 * @returns its digest
 */
export async function learn(page: Page): Promise<string> {
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 1 step in/))
  return (await page.locator('.digest').first().textContent()) ?? ''
}

/** Waits until the browser keeps the page, which the settings say. */
export async function kept(page: Page): Promise<void> {
  await openSettings(page)
  await appears(page.getByText('The page is kept here'))
  await button(page, 'Close the settings').click()
}

export function isIsolated(page: Page): Promise<boolean> {
  return page.evaluate(() => crossOriginIsolated)
}

/** Opens the page in another tab. */
export async function openAgain(
  context: BrowserContext,
  link: string,
): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} ${message.location().url}`)
  })
  await page.goto(link)
  return { page, errors }
}
