/** The recording that first-time visitors see, and its claims. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RECORDED_RUN } from '../../src/runs/recording'
import { appears } from './appears'
import { comparison, rows } from './comparison_panel'
import { recording, recordingRequests } from './recording_visits'
import { button, fillSettings, headline, openSite, openTab, SHOTS, type VisitedSite } from './visitors'

const SMALL_RUN = {
  'Questions per step': '1',
  'Tries per question': '2',
  'Save every': '1',
  'Ability questions': '2',
  'Test size': '4',
}
const { steps: LAST, peers: PEERS } = RECORDED_RUN
const END = `Recorded run: step ${LAST} of ${LAST}`

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

function firstIdea(page: Page) {
  return page
    .getByRole('article', { name: `${PEERS[0].id}, share` })
    .locator('.word')
    .first()
}

/** Returns the announcements of live regions. */
function spoken(page: Page): Promise<string> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[role="status"], [role="alert"], [aria-live]')]
      .map(({ textContent }) => textContent)
      .join(''),
  )
}

test('a first visit sees recorded peers at once; they can be paused and skipped; a new run replaces them', async () => {
  const { context, page, troubles } = await site.visit()
  await firstIdea(page).waitFor()
  await recording(page).waitFor()
  // The recording is not the visitor's run, so it cannot be stopped or exported.
  await expect.poll(() => button(page, 'Stop').isEnabled()).toBe(false)
  await openTab(page, 'Details')
  await expect.poll(() => button(page, 'Export run').isEnabled()).toBe(false)
  await openTab(page, 'Discussion')

  await button(page, 'Pause the recording').focus()
  await page.keyboard.press('Enter')
  await button(page, 'Play the recording').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await headline(page, END).waitFor()
  await page.getByRole('img', { name: /^Right alone: dee from 0 to \d+ percent/ }).waitFor()
  expect(await spoken(page)).toBe('')
  await page.screenshot({ path: join(SHOTS, 'recorded-run.png') })

  await fillSettings(page, SMALL_RUN)
  await button(page, 'Next step').click()
  await recording(page).waitFor({ state: 'detached' })
  await appears(headline(page, `Paused: 1 of ${LAST} steps`))
  await expect.poll(() => recording(page).count()).toBe(0)

  // A visitor with a run of their own sees that run, and can resume it.
  const asked = recordingRequests(page)
  await page.reload()
  await headline(page, `was saved at step 1 of ${LAST}`).waitFor()
  await button(page, 'Continue').waitFor()
  await expect.poll(() => recording(page).count()).toBe(0)
  expect(asked()).toBe(0)
  expect(troubles).toEqual([])
  await context.close()
})

test('a visitor who prefers reduced motion sees the recording’s end at once', async () => {
  const context = await site.browser.newContext({ reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(site.address)
  await headline(page, END).waitFor()
  await button(page, 'Play the recording').waitFor()
  await context.close()
})

test('Compare names its runs, and has the recorded run’s final numbers while it plays', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).waitFor()
  await openTab(page, 'Compare')
  await comparison(page).getByText('Here a run stands beside the same run without discussion').waitFor()
  const events = readFileSync('recordings/halves.jsonl', 'utf8').trim().split('\n').slice(1)
  const tests = events.map((line) => JSON.parse(line)).filter(({ type }) => type === 'eval')
  const gain = (of: (solo: Record<string, number>) => number) => {
    const [first, last] = [tests[0], tests.at(-1)].map(({ solo }) => Math.round(100 * of(solo)))
    return `${first} → ${last} %`
  }
  expect(await rows(page, /^Right alone/)).toEqual([
    ['dee', gain(({ dee }) => dee)],
    ['eli', gain(({ eli }) => eli)],
    ['mean', gain(({ dee, eli }) => (dee + eli) / 2)],
  ])
  await expect
    .poll(() => comparison(page).getByRole('button').allTextContents())
    .toEqual(['The same without discussion'])
  await expect.poll(() => button(page, 'The same without discussion').isEnabled()).toBe(true)
  expect(troubles).toEqual([])
  await context.close()
})
