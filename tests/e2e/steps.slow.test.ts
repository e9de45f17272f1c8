/** A run's steps, viewed by keyboard alone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { chart, exchangeStep, firstStep, questionText, THREE_STEPS } from './charts'
import { button, headline, openSite, openTab, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a step is viewed and pinned by keyboard alone and announced, in a kept run too', async () => {
  const { context, page, troubles } = await site.visit(site.address + THREE_STEPS)
  const question = await firstStep(page)
  await button(page, 'Continue').click()
  await appears(page.getByText(/^Done: 3 steps/))
  await page.goto(site.address)
  await page.reload()
  await openTab(page, 'Details')
  await page.getByText('Kept runs (1)').click()
  await button(page, 'Show').click()
  await openTab(page, 'Discussion')
  await page.locator('.exchange-step', { hasText: 'step 3' }).waitFor({ state: 'attached' })

  const accuracy = chart(page, 'Right alone')
  await button(page, 'Back to now').waitFor({ state: 'hidden' })
  await accuracy.focus()
  // Focus that comes by script is shown as the keyboard's.
  await page.keyboard.press('Home')
  await expect.poll(() => accuracy.getAttribute('aria-valuetext')).toMatch(/^step 0: ada \d+ percent, bo \d+/)
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => accuracy.getAttribute('aria-valuenow')).toBe('1')
  await page.keyboard.press('Enter')
  await page.locator('.exchange-step', { hasText: 'step 1, pinned' }).waitFor()
  expect(await questionText(page)).toBe(question)
  await expect.poll(() => accuracy.getAttribute('aria-valuetext')).toMatch(/^step 1, pinned: ada/)

  await page.keyboard.press('+')
  await page.getByRole('button', { name: 'All steps' }).first().waitFor()
  await page.keyboard.press('-')
  await expect.poll(() => page.getByRole('button', { name: 'All steps' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  expect(await exchangeStep(page)).toBe('step 3')
  expect(troubles).toEqual([])
  await context.close()
})

test('from the start the run goes stage by stage, and says where it stands', async () => {
  const { context, page, troubles } = await site.visit(site.address + THREE_STEPS)
  await button(page, 'Next stage').click()
  await appears(headline(page, 'Paused in step 1, after Share'))
  const texts = (stage: string) =>
    page
      .getByRole('article', { name: `bo, ${stage}` })
      .locator('.stage-text')
      .count()
  expect(await texts('share')).toBe(1)
  expect(await texts('analyze')).toBe(0)
  // The mode is decided already, so the page shows it.
  await expect.poll(() => page.locator('.mode').getAttribute('data-mode')).toMatch(/^(cooperate|compete)$/)

  await button(page, 'Next stage').click()
  await appears(headline(page, 'Paused in step 1, after Analyze'))
  expect(await texts('analyze')).toBe(1)
  expect(await texts('fuse')).toBe(0)
  await button(page, 'Next stage').click()
  await appears(headline(page, 'Paused in step 1, after Fuse'))
  await button(page, 'Next stage').click()
  await appears(headline(page, 'Paused: 1 of 3 steps'))
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 2 of 3 steps'))
  expect(troubles).toEqual([])
  await context.close()
})

test('a finger moving across a chart shows its steps, a tap pins one, and moving down scrolls the page', async () => {
  const context = await site.browser.newContext({
    viewport: { width: 360, height: 900 },
    hasTouch: true,
    isMobile: true,
    serviceWorkers: 'block',
  })
  const page = await context.newPage()
  await page.goto(site.address)
  await button(page, 'Skip to the end of the recording').tap()
  const accuracy = chart(page, 'Right alone')
  await page.locator('.accuracy .chart-step', { hasText: 'step 20' }).waitFor()
  await accuracy.scrollIntoViewIfNeeded()
  const { x, y, width } = (await accuracy.boundingBox()) ?? { x: 0, y: 0, width: 0 }
  const debug = await context.newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', across = 0, down = 0) =>
    debug.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: x + across, y: y + down }],
    })
  await touch('touchStart', 10, 80)
  for (let part = 0.2; part <= 0.5; part += 0.05) await touch('touchMove', part * width, 80)
  await page.locator('.accuracy .chart-step', { hasText: 'step 10' }).waitFor()
  await touch('touchEnd')
  await page.locator('.accuracy .chart-step', { hasText: 'step 20' }).waitFor()
  expect(await exchangeStep(page)).toBe('recorded, step 20')

  // The browser ignores a tap directly after a drag, so the visitor taps again.
  const pinned = page.locator('.exchange-step', { hasText: 'step 5, pinned' })
  const tap = async () => {
    await page.touchscreen.tap(x + width / 4, y + 80)
    return pinned.waitFor({ timeout: 500 }).then(
      () => true,
      () => false,
    )
  }
  await expect.poll(tap).toBe(true)
  const before = await page.evaluate(() => scrollY)
  await touch('touchStart', 50, 20)
  for (let down = 20; down <= 140; down += 15) await touch('touchMove', 50, down)
  await touch('touchEnd')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeLessThan(before)
  expect(await exchangeStep(page)).toBe('recorded, step 5, pinned')
  await context.close()
})
