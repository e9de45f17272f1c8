/** Visitors with the link of a run. */
import { join } from 'node:path'
import type { Page } from 'playwright'
import { expect } from 'vitest'
import { quickRun, SHOTS, type Visit, type VisitedSite } from './visitors'

export const SMALL = quickRun({ steps: 2, evalEvery: 1 })
export const UNKNOWN = { models: [null, null], result: null }

/** Opens a link as a visitor who may copy and paste. */
export function openLink(site: VisitedSite, link: string): Promise<Visit> {
  return site.visit(link, (context) => context.grantPermissions(['clipboard-read', 'clipboard-write']))
}

/** Returns the page's notice about a linked run. */
export const notice = (page: Page) =>
  page.getByRole('region', { name: 'A run that somebody has shared with you' })
export const headlineText = (page: Page) => page.locator('.run-headline').textContent()

/** Counts the runs in the page's database. */
export function keptRuns(page: Page): Promise<number> {
  return page.evaluate(async () => {
    if (!(await indexedDB.databases()).some(({ name }) => name === 'colloquy')) return 0
    const db = await new Promise<IDBDatabase>((done) => {
      const opening = indexedDB.open('colloquy')
      opening.onsuccess = () => done(opening.result)
    })
    const count = await new Promise<number>((done) => {
      const counting = db.transaction('heads').objectStore('heads').count()
      counting.onsuccess = () => done(counting.result)
    })
    db.close()
    return count
  })
}

/** Takes screenshots, and checks that nothing overflows. */
export async function shots(page: Page, name: string): Promise<void> {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    const beyond = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)
    expect(beyond).toBe(0)
    await page.screenshot({ path: join(SHOTS, `sharing-${name}-${width}.png`) })
  }
}
