/** While texts stream, nothing moves and a word costs little work: the built page in a real Chromium. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { headline, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a new word restyles few elements, not the whole page', async () => {
  const { context, page } = await site.visit()
  await appears(page.locator('.stage-text .word').first())
  await site.browser.startTracing(page, { categories: ['devtools.timeline'] })
  await appears(headline(page, /^Recorded run: step [1-9]\d? of 20$/))
  const trace = JSON.parse((await site.browser.stopTracing()).toString()) as {
    traceEvents: { name: string; args: { elementCount?: number } }[]
  }
  const styled = trace.traceEvents
    .filter(({ name }) => name === 'UpdateLayoutTree')
    .map(({ args }) => args.elementCount ?? 0)
    .sort((a, b) => a - b)
  expect(styled.length).toBeGreaterThan(10)
  const few = 50
  await expect.poll(() => page.locator('*').count()).toBeGreaterThan(5 * few)
  expect(styled[Math.floor(styled.length / 2)]).toBeLessThan(few)
  await context.close()
})
