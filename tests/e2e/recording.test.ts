/** What plays for who opens the page for the first time, and that it is what it says. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { button, fillSettings, headline, openSite, SHOTS, type VisitedSite } from './visitors'

/** Far beyond what a step takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }
const END = 'Recorded run: step 12 of 12'

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
}, 240_000)
afterAll(() => site?.close())

function recording(page: Page) {
  return page.getByRole('region', { name: /^Recorded run/ })
}

function firstIdea(page: Page) {
  return page.getByRole('article', { name: 'ada, share' }).locator('.word').first()
}

/** How often the page has asked for the recording since this was called. */
function requests(page: Page): () => number {
  let count = 0
  page.on('request', (request) => {
    if (request.url().endsWith('.jsonl')) count++
  })
  return () => count
}

/** What screen readers are told without being asked. */
function spoken(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')]
      .map(({ textContent }) => textContent)
      .join(''),
  )
}

test('a first visit sees recorded peers at once; they can be paused and skipped; a run of its own replaces them', async () => {
  const { context, page, troubles } = await site.visit()
  await firstIdea(page).waitFor()
  await recording(page).waitFor()
  expect(await page.locator('.exchange-step').textContent()).toMatch(/^recorded, step \d+$/)
  // It is nothing that this visitor has run: nothing to stop, to take along or to go on with.
  expect(await page.locator('.run-headline').textContent()).toBe('Ready')
  expect(await button(page, 'Stop').isEnabled()).toBe(false)
  expect(await button(page, 'Export run').isEnabled()).toBe(false)
  expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('24')

  await button(page, 'Pause the recording').focus()
  await page.keyboard.press('Enter')
  await button(page, 'Play the recording').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: END }).waitFor()
  await page.getByRole('img', { name: /^Held-out accuracy: ada alone from 60 to \d+ percent/ }).waitFor()
  expect(await spoken(page)).toBe('')
  await page.screenshot({ path: join(SHOTS, 'recorded-run.png') })

  await fillSettings(page, { 'Save every': '1', 'Ability questions': '10', 'Test size': '10' })
  await button(page, 'One step').click()
  await headline(page, 'Loading the peers').or(headline(page, 'Learning')).first().waitFor()
  expect(await recording(page).count()).toBe(0)
  expect(await page.locator('.exchange-step').textContent()).not.toContain('recorded')
  await headline(page, 'Paused: 1 of 24 steps').waitFor(LONG)

  // Who has a run of their own sees that.
  const asked = requests(page)
  await page.reload()
  await page.getByText('Go on where you left?').waitFor()
  expect(await page.locator('.exchange-step').textContent()).toBe('not begun')
  await button(page, 'Delete it').click()
  await page.getByText('Go on where you left?').waitFor({ state: 'detached' })
  expect(await recording(page).count()).toBe(0)
  expect(asked()).toBe(0)
  expect(troubles).toEqual([])
  await context.close()
}, 600_000)

test('its link runs it again, and the first step comes out as it was recorded', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).getByRole('link').click()
  const start = button(page, 'Start the shared run')
  await start.waitFor()
  expect(await recording(page).count()).toBe(0)
  // As in a new tab: by a link nothing recorded plays.
  const asked = requests(page)
  await page.reload()
  await start.click()
  await page.getByText('Reproduced up to step 1 of 12.').waitFor(LONG)
  expect(await recording(page).count()).toBe(0)
  expect(asked()).toBe(0)
  await button(page, 'Stop').click()
  await headline(page, 'Stopped').waitFor(LONG)
  expect(troubles).toEqual([])
  await context.close()
}, 600_000)

test('who wants no motion sees the end of it, without', async () => {
  const context = await site.browser.newContext({ reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(site.address)
  await page.getByRole('heading', { name: END }).waitFor()
  await button(page, 'Play the recording').waitFor()
  await context.close()
})
