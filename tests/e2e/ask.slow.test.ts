/** Questions that cannot be asked, examples, and stopping, through the page only. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { button, openSite, openTab, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const panel = (page: Page) => page.getByRole('region', { name: 'Ask the peers' })
const field = (page: Page) => page.getByLabel('Your question')
const state = (page: Page, text: RegExp) => page.locator('.ask-now', { hasText: text })

test('examples, invalid questions, and stopping', async () => {
  const { context, page, troubles } = await site.visit()
  await openTab(page, 'Ask them')
  const ask = button(panel(page), 'Ask')
  const stop = panel(page).getByText('Stop asking')
  // No question is running, so there is nothing to stop.
  await expect.poll(() => stop.isVisible()).toBe(false)
  await ask.click()
  await appears(panel(page).getByRole('alert'))
  await expect
    .poll(() => panel(page).getByRole('alert').innerText())
    .toContain('Type a question, or take an example.')

  const example = panel(page)
    .getByRole('button', { name: /too hard for dee/ })
    .first()
  await example.click()
  const text = await field(page).inputValue()
  await expect.poll(() => example.textContent()).toContain(text)
  // Focus is in the question field; changing the question removes the example's answer.
  await expect.poll(() => page.getByLabel('Right answer, if you know it').inputValue()).toMatch(/^\d+$/)
  await page.keyboard.type('!')
  await expect.poll(() => field(page).inputValue()).not.toBe(text)
  await expect.poll(() => page.getByLabel('Right answer, if you know it').inputValue()).toBe('')

  await page.getByLabel('Right answer, if you know it').fill('many')
  await ask.click()
  await appears(panel(page).getByText('“many” cannot be checked. Write a number'))

  await page.getByLabel('Right answer, if you know it').fill('')
  // Peers answer only after the visitor has stopped the question.
  let release = () => {}
  const stopped = new Promise<void>((resolve) => {
    release = resolve
  })
  await context.route('**/*.onnx', async (route) => {
    await stopped
    await route.continue().catch(() => {})
  })
  await ask.click()
  await stop.click()
  await appears(state(page, /Stopped/))
  await expect.poll(() => stop.isVisible()).toBe(false)
  expect(await field(page).evaluate((element) => element === document.activeElement)).toBe(true)
  release()
  await ask.click()
  await appears(state(page, /All have answered/))
  await expect.poll(() => panel(page).locator('.verdict-right, .verdict-wrong').count()).toBe(0)

  await field(page).fill('Max has 9 pens. '.repeat(80))
  await ask.click()
  await appears(panel(page).getByRole('alert'))
  await expect
    .poll(() => panel(page).getByRole('alert').innerText())
    .toMatch(/^Too long for these tiny models \(\d+ of 320 tokens\)\./)
  expect(troubles).toEqual([])
  await context.close()
})
