/** A run's steps: viewed and pinned in the charts during the run, and run stage by stage. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { chart, exchangeStep, firstStep, questionText, THREE_STEPS } from './charts'
import { button, headline, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** Returns the step that the skills panel shows. */
const testedAt = (page: Page) => page.locator('.skills-step').textContent()

test('a step is viewed by pointer, pinned while the run goes on, and unpinned', async () => {
  const { context, page, troubles } = await site.visit(site.address + THREE_STEPS)
  const question = await firstStep(page)
  const accuracy = chart(page, 'Right alone')
  const box = async () => (await accuracy.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await accuracy.scrollIntoViewIfNeeded()
  // The axis has steps 0 to 3; only step 1 is known.
  const { x, y, width } = await box()
  await page.mouse.click(x + width / 3, y + 50)
  await page.locator('.exchange-step', { hasText: 'step 1, pinned' }).waitFor()

  await button(page, 'Continue').click()
  await appears(headline(page, 'Done: 3 of 3 steps'))
  // The run continued; the viewed step did not change.
  expect(await exchangeStep(page)).toBe('step 1, pinned')
  expect(await questionText(page)).toBe(question)
  await expect.poll(() => page.locator('.notice-done').count()).toBe(0)
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByRole('heading', { name: 'Questions of step 1' }).waitFor()
  await page.getByRole('heading', { name: 'Numbers of step 1' }).waitFor()
  expect(await testedAt(page)).toBe('tested at step 1')

  await accuracy.scrollIntoViewIfNeeded()
  const now = await box()
  await page.mouse.move(now.x + (now.width * 2) / 3, now.y + 50)
  // All charts show the step that one of them is pointed at.
  const charts = page.locator('.chart-step')
  await expect.poll(() => charts.allTextContents()).toEqual(Array(await charts.count()).fill('step 2'))
  await expect
    .poll(() => accuracy.getAttribute('aria-valuetext'))
    .toMatch(/^step 2: ada \d+ percent, bo \d+ percent$/)

  await page.mouse.down()
  await page.mouse.move(now.x + now.width, now.y + 60, { steps: 3 })
  await page.mouse.up()
  await page.getByRole('button', { name: 'All steps' }).first().waitFor()
  await page.mouse.dblclick(now.x + now.width / 2, now.y + 50)
  await expect.poll(() => page.getByRole('button', { name: 'All steps' }).count()).toBe(0)
  expect(await exchangeStep(page)).toBe('step 1, pinned')

  await page.getByRole('tab', { name: 'Discussion' }).click()
  await button(page, 'Back to now').click()
  // No step is picked any more, so the end of the run is in view.
  await page.locator('.notice-done').waitFor()
  expect(await exchangeStep(page)).toBe('step 3')
  expect(await testedAt(page)).toBe('tested at step 3')
  // The button is gone, and the keyboard is at the step of now.
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-step'))).toBe('3')
  expect(troubles).toEqual([])
  await context.close()
})
