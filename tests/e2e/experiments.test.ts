/** "You could try…": a press sets up an experiment. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { button, openSettings, openSite, openTab, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const setUp = async (page: Page, title: string) => {
  await openTab(page, 'Compare')
  await page.getByText('You could try…').click()
  await button(page, `Set it up: ${title}`).click()
}
test('an experiment fills in the form, and names its changes and what to look for', async () => {
  const { context, page, troubles } = await site.visit()
  await setUp(page, 'Two half-right ideas become one right answer')
  const note = page.locator('.experiment-set-up')
  await expect.poll(() => note.textContent()).toMatch(/is set up\. Changed: .*look at stage Fuse/)
  expect((await note.boundingBox())?.y).toBeGreaterThanOrEqual(0)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Let them learn')
  await openSettings(page)
  await expect.poll(() => page.getByRole('radio', { name: /^halves/ }).isChecked()).toBe(true)
  await expect.poll(() => page.getByLabel('Discuss', { exact: true }).inputValue()).toBe('disputed')
  expect(troubles).toEqual([])
  await context.close()
})
