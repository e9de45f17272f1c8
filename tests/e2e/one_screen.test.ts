/** Tests what a first-time visitor sees without scrolling, on a desktop and on a phone. */
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { focused } from './by_keyboard'
import { recording } from './recording_visits'
import { button, linkTo, openSite, openTab, quickRun, type VisitedSite } from './visitors'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

/** Whether an element is completely on the screen, with nothing over its centre. */
function isInView(locator: Locator): Promise<boolean> {
  return locator.first().evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return false
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    return there !== null && (element.contains(there) || there.contains(element))
  })
}

/** Returns the page's height in screens, and its scroll position. */
function place(page: Page): Promise<{ screens: number; scrolled: number }> {
  return page.evaluate(() => ({
    screens: document.documentElement.scrollHeight / innerHeight,
    scrolled: scrollY,
  }))
}

test.each([
  { name: 'a desktop', size: DESKTOP, screens: 1, seen: ['[data-panel="curves"]', '[data-panel="skills"]'] },
  { name: 'a phone', size: PHONE, screens: 3, seen: ['.run-alone'] },
])('on $name a first visit has what matters in view, and nothing scrolls by itself', async (at) => {
  const { context, page, troubles } = await site.visit('about:blank')
  await page.setViewportSize(at.size)
  await page.goto(site.address)
  await recording(page).waitFor()
  await page.getByRole('article').first().waitFor()
  const shown = ['h1', '.question-text', '#run-primary', ...at.seen]
  const hidden: string[] = []
  for (const selector of shown) if (!(await isInView(page.locator(selector)))) hidden.push(selector)
  expect(hidden).toEqual([])
  await button(page, 'Skip to the end of the recording').click()
  const { screens, scrolled } = await place(page)
  expect(scrolled).toBe(0)
  expect(screens).toBeLessThanOrEqual(at.screens)
  expect(troubles).toEqual([])
  await context.close()
})

test('on a desktop the table of questions has all its columns in view', async () => {
  const { context, page } = await site.visit('about:blank')
  await page.setViewportSize(DESKTOP)
  await page.goto(site.address)
  await recording(page).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  await openTab(page, 'Details')
  const rows = page.locator('.question-rows')
  await rows.locator('tbody tr').first().waitFor()
  expect(await rows.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
  await context.close()
})

test('Tab reaches the skip link first, and soon the start button', async () => {
  const { context, page } = await site.visit()
  await recording(page).waitFor()
  const names: string[] = []
  for (let stop = 0; stop < 3; stop++) {
    await page.keyboard.press('Tab')
    names.push((await focused(page)).name)
  }
  expect(names[0]).toBe('Skip to the discussion')
  expect(names).toContain('Let them learn')
  await context.close()
})

test('the first words and the ending of a run are in view without scrolling', async () => {
  const { context, page } = await site.visit('about:blank')
  await page.setViewportSize(DESKTOP)
  await page.goto(`${site.address}${linkTo(quickRun({ steps: 1, evalEvery: 1 }))}`)
  await button(page, 'Let them learn').click()
  await appears(page.locator('.notice-done'))
  for (const selector of ['.notice-done h2', '[data-panel="skills"]'])
    expect(await isInView(page.locator(selector)), selector).toBe(true)
  expect((await place(page)).scrolled).toBe(0)
  await context.close()
})

test('beside a sheet no badge is cut, and on a phone a sheet leaves the run bar in sight', async () => {
  const { context, page } = await site.visit('about:blank')
  await page.setViewportSize(DESKTOP)
  await page.goto(site.address)
  await recording(page).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  await button(page, 'Settings').click()
  await page.getByRole('complementary').waitFor()
  const cut = await page
    .locator('.verdict:not(:empty)')
    .evaluateAll((badges) => badges.filter((badge) => badge.scrollWidth > badge.clientWidth).length)
  expect(cut).toBe(0)
  await page.setViewportSize(PHONE)
  expect(await isInView(page.locator('#run-primary'))).toBe(true)
  await context.close()
})

test('without chart and skills the discussion has the full width', async () => {
  const { context, page } = await site.visit('about:blank')
  await page.setViewportSize(DESKTOP)
  await page.goto(`${site.address}${linkTo(quickRun({}))}&hide=curves,skills`)
  await page.locator('.tabs').waitFor()
  expect(await page.locator('.tabs').evaluate((tabs) => tabs.clientWidth)).toBeGreaterThan(1200)
  await context.close()
})
