/** Steps of a run: looked at and pinned in the charts while the run goes on, and gone stage by stage. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { chart, exchangeStep, firstStep, questionText, THREE_STEPS } from './charts'
import { button, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** What the panel of skills says it shows. */
const testedAt = (page: Page) => page.locator('.skills caption').first().textContent()

test('a step is looked at by pointer, pinned while the run goes on, and left again', async () => {
  const { context, page, troubles } = await site.visit(site.address + THREE_STEPS)
  const question = await firstStep(page)
  const reward = chart(page, 'Mean reward')
  const box = async () => (await reward.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await reward.scrollIntoViewIfNeeded()
  // The axis has steps 0 to 3; only step 1 is known.
  const { x, y, width } = await box()
  await page.mouse.click(x + width / 3, y + 50)
  await page.locator('.exchange-step', { hasText: 'step 1, pinned' }).waitFor()

  await button(page, 'Continue').click()
  await appears(page.getByText(/^Done: 3 steps/))
  // The run went on; what is looked at did not.
  expect(await exchangeStep(page)).toBe('step 1, pinned')
  expect(await questionText(page)).toBe(question)
  await page.getByRole('heading', { name: 'Questions of step 1' }).waitFor()
  await page.getByRole('heading', { name: 'Numbers of step 1' }).waitFor()
  expect(await testedAt(page)).toBe('held-out accuracy at step 1, and its change since step 0')

  await reward.scrollIntoViewIfNeeded()
  const now = await box()
  await page.mouse.move(now.x + (now.width * 2) / 3, now.y + 50)
  await page.locator('.curves .chart-step', { hasText: 'step 2' }).last().waitFor()
  // All charts show the step that one of them is pointed at.
  await expect.poll(() => page.locator('.chart-step').allTextContents()).toEqual(Array(4).fill('step 2'))
  expect(await reward.getAttribute('aria-valuetext')).toMatch(/^step 2: ada \d\.\d\d, bo \d\.\d\d, mean \d/)

  await page.mouse.down()
  await page.mouse.move(now.x + now.width, now.y + 60, { steps: 3 })
  await page.mouse.up()
  expect(await page.getByRole('button', { name: 'All steps' }).count()).toBe(4)
  await page.mouse.dblclick(now.x + now.width / 2, now.y + 50)
  expect(await page.getByRole('button', { name: 'All steps' }).count()).toBe(0)
  expect(await exchangeStep(page)).toBe('step 1, pinned')

  await button(page, 'Back to now').click()
  expect(await exchangeStep(page)).toBe('step 3')
  expect(await testedAt(page)).toBe('held-out accuracy at step 3, and its change since step 0')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('exchange-title')
  expect(troubles).toEqual([])
  await context.close()
})
