/** Steps through the built page: those of the charts looked at, zoomed and pinned while a real run goes on; those of the run gone stage by stage. */
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { button, fillSettings, headline, openSite, type VisitedSite } from './visitors'

const SMALL_RUN = {
  Seed: '7',
  Steps: '3',
  'Questions per step': '1',
  'Rollouts per group': '2',
  'Ability questions': '2',
  'Test every': '1',
  'Test size': '4',
  'Save every': '1',
}
/** Far beyond what a run takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
}, 240_000)
afterAll(() => site?.close())

const chart = (page: Page, name: string) => page.getByRole('slider', { name: new RegExp(`^${name}`) })
const exchangeStep = (page: Page) => page.locator('.exchange-step').textContent()
/** What the panel of skills says it shows. */
const testedAt = (page: Page) => page.locator('.skills caption').first().textContent()
const questionText = (page: Page) => page.locator('.question-text').textContent()

/** Runs one step of the small run, and gives its question. */
async function firstStep(page: Page): Promise<string | null> {
  await fillSettings(page, SMALL_RUN)
  await button(page, 'One step').click()
  await headline(page, 'Paused: 1 of 3 steps').waitFor(LONG)
  return questionText(page)
}

test('a step is looked at by pointer, pinned while the run goes on, and left again', async () => {
  const { context, page, troubles } = await site.visit()
  const question = await firstStep(page)
  const reward = chart(page, 'Mean reward')
  const box = async () => (await reward.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await reward.scrollIntoViewIfNeeded()
  // The axis has steps 0 to 3; only step 1 is known.
  const { x, y, width } = await box()
  await page.mouse.click(x + width / 3, y + 50)
  await page.locator('.exchange-step', { hasText: 'step 1, pinned' }).waitFor()

  await button(page, 'Go on').click()
  await page.getByText(/^Done: 3 steps/).waitFor(LONG)
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
  expect(await page.locator('.chart-step').allTextContents()).toEqual(Array(4).fill('step 2'))
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
}, 600_000)

test('the same by keyboard alone, with what is read out; a kept run can be looked back at, too', async () => {
  const { context, page, troubles } = await site.visit()
  const question = await firstStep(page)
  await button(page, 'Go on').click()
  await page.getByText(/^Done: 3 steps/).waitFor(LONG)
  await page.reload()
  await page.getByText('Kept runs (1)').click()
  await button(page, 'Show').click()
  await page.locator('.exchange-step', { hasText: 'step 3' }).waitFor()

  const accuracy = chart(page, 'Held-out accuracy')
  await button(page, 'Back to now').waitFor({ state: 'hidden' })
  await accuracy.focus()
  // Focus that comes by script is shown as the keyboard's.
  await page.keyboard.press('Home')
  expect(await accuracy.getAttribute('aria-valuetext')).toMatch(
    /^step 0: ada alone \d+ percent, bo alone \d+/,
  )
  await page.keyboard.press('ArrowRight')
  expect(await accuracy.getAttribute('aria-valuenow')).toBe('1')
  await page.keyboard.press('Enter')
  await page.locator('.exchange-step', { hasText: 'step 1, pinned' }).waitFor()
  expect(await questionText(page)).toBe(question)
  expect(await accuracy.getAttribute('aria-valuetext')).toMatch(/^step 1, pinned: ada alone/)

  await page.keyboard.press('+')
  await page.getByRole('button', { name: 'All steps' }).first().waitFor()
  await page.keyboard.press('-')
  expect(await page.getByRole('button', { name: 'All steps' }).count()).toBe(0)
  await page.keyboard.press('Escape')
  expect(await exchangeStep(page)).toBe('step 3')
  expect(troubles).toEqual([])
  await context.close()
}, 600_000)

test('from a fresh start the run goes on stage by stage, and says where it stands', async () => {
  const { context, page, troubles } = await site.visit()
  await fillSettings(page, SMALL_RUN)
  await button(page, 'One stage').click()
  await headline(page, 'Paused in step 1, after Share').waitFor(LONG)
  const text = (stage: string) =>
    page
      .getByRole('article', { name: `bo, ${stage}` })
      .locator('.stage-text')
      .textContent()
  expect((await text('share'))?.trim()).not.toBe('')
  expect((await text('analyze'))?.trim()).toBe('')
  // Already decided, so that it can be seen how they will discuss.
  expect(await page.locator('.mode').getAttribute('data-mode')).toMatch(/^(cooperate|compete)$/)

  await button(page, 'One stage').click()
  await headline(page, 'Paused in step 1, after Analyze').waitFor(LONG)
  expect((await text('analyze'))?.trim()).not.toBe('')
  expect((await text('fuse'))?.trim()).toBe('')
  await button(page, 'One stage').click()
  await headline(page, 'Paused in step 1, after Fuse').waitFor(LONG)
  await button(page, 'One stage').click()
  await headline(page, 'Paused: 1 of 3 steps').waitFor(LONG)
  await button(page, 'One step').click()
  await headline(page, 'Paused: 2 of 3 steps').waitFor(LONG)
  expect(troubles).toEqual([])
  await context.close()
}, 600_000)

test('a finger that goes across a chart looks at its steps, a tap pins one, and going down scrolls the page', async () => {
  const context = await site.browser.newContext({
    viewport: { width: 360, height: 900 },
    hasTouch: true,
    isMobile: true,
    serviceWorkers: 'block',
  })
  const page = await context.newPage()
  await page.goto(site.address)
  await button(page, 'Skip to the end of the recording').tap()
  const reward = chart(page, 'Mean reward')
  await page.locator('.curves .chart-step', { hasText: 'step 12' }).last().waitFor()
  await reward.scrollIntoViewIfNeeded()
  const { x, y, width } = (await reward.boundingBox()) ?? { x: 0, y: 0, width: 0 }
  const debug = await context.newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', across = 0, down = 0) =>
    debug.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: x + across, y: y + down }],
    })
  await touch('touchStart', 10, 80)
  for (let part = 0.2; part <= 0.5; part += 0.05) await touch('touchMove', part * width, 80)
  await page.locator('.curves .chart-step', { hasText: 'step 6' }).last().waitFor()
  await touch('touchEnd')
  await page.locator('.curves .chart-step', { hasText: 'step 12' }).last().waitFor()
  expect(await exchangeStep(page)).toBe('recorded, step 12')

  // A tap at once after a drag is none to the browser.
  await page.waitForTimeout(800)
  await page.touchscreen.tap(x + width / 4, y + 80)
  await page.locator('.exchange-step', { hasText: 'step 3, pinned' }).waitFor()
  const before = await page.evaluate(() => scrollY)
  await touch('touchStart', 50, 20)
  for (let down = 20; down <= 140; down += 15) await touch('touchMove', 50, down)
  await touch('touchEnd')
  await expect.poll(() => page.evaluate(() => scrollY)).toBeLessThan(before)
  expect(await exchangeStep(page)).toBe('recorded, step 3, pinned')
  await context.close()
}, 120_000)
