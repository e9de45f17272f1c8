/** The guided lesson, as pupils and teachers meet it: the built site, a real Chromium, real runs of small steps. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { presetConfig } from '../../src/runs/presets'
import { readLink, shareLink } from '../../src/runs/share_link'
import { focused, tabTo } from './by_keyboard'
import { button, headline, linkTo, openSite, quickRun, SHOTS, type VisitedSite } from './visitors'

/** Far beyond what a step takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }
const RUN = quickRun({ steps: 3, questionsPerStep: 2, numGenerations: 4 })

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
}, 240_000)
afterAll(() => site?.close())

const lesson = (page: Page) => page.getByRole('complementary', { name: /^Lesson/ })
const told = (page: Page) => lesson(page).locator('.lesson-numbers')
const isDone = (page: Page) => lesson(page).getByRole('status').getByText('✓ Done.').waitFor(LONG)

/** What the page outlines; '' where it outlines nothing. */
function pointed(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector('[data-pointed]')?.className ?? '')
}

/** Turns to a page by keyboard; its heading is then what a screen reader reads. */
async function turnTo(page: Page, number: number, title: string): Promise<void> {
  await tabTo(page, 'Next')
  await page.keyboard.press('Enter')
  await lesson(page).getByText(`${number} of 8`).waitFor()
  await expect.poll(async () => (await focused(page)).name).toBe(title)
}

async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

/** The number that a card of the exchange shows as its reward. */
function reward(page: Page, peer: string, stage: string): Promise<string | null> {
  const card = page.getByRole('article', { name: `${peer}, ${stage}` })
  return card.locator('.stage-numbers dd').first().textContent()
}

function cells(table: Locator): Promise<string[]> {
  return table.locator('tbody :is(th, td)').allTextContents()
}

/** How many sheets of paper it takes. */
async function sheets(page: Page, format: 'A4' | 'Letter'): Promise<number> {
  const pdf = await page.pdf({ format })
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0
}

test('by keyboard alone through all pages, which drive the page’s run, and onto paper', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(RUN)}&lesson=1`)
  await lesson(page).getByText('1 of 8').waitFor()
  expect((await focused(page)).name).toBe('A model is a policy')
  // Before there is a run: the recorded one's numbers, and said to be that.
  await told(page).getByText('In step 12, ada wrote').waitFor()
  await lesson(page).getByText('Numbers of the recorded run').waitFor()
  expect(await pointed(page)).toBe('stage-row')

  await press(page, 'Run one step')
  await headline(page, 'Paused: 1 of 3 steps').waitFor(LONG)
  await isDone(page)
  expect((await focused(page)).name).toBe('Run one step')
  const first = page.getByRole('article', { name: 'ada, share' }).locator('.stage-text')
  const wrote = ((await first.textContent()) ?? '').trim()
  expect(await told(page).textContent()).toBe(`In step 1, ada wrote “${wrote}” on its own.`)
  expect(await lesson(page).getByText('Numbers of the recorded run').count()).toBe(0)

  await turnTo(page, 2, 'One question, many tries')
  expect(await pointed(page)).toMatch(/exchange/)
  await press(page, 'Run one step')
  await headline(page, 'Paused: 2 of 3 steps').waitFor(LONG)
  await isDone(page)

  await turnTo(page, 3, 'A number for every answer')
  const earned = /Here (\w+) was wrong and earned .* = (\d\.\d\d)\./.exec(
    (await told(page).textContent()) ?? '',
  )
  if (earned) expect(await reward(page, earned[1], 'share')).toBe(earned[2])
  else expect(await reward(page, 'ada', 'share')).toBe('1.00')

  await turnTo(page, 4, 'Better than your own average')
  const group = /(\w+)’s group in stage (\w+), step 2(?:: |, all rewards are )(\d\.\d\d)/.exec(
    (await told(page).textContent()) ?? '',
  )
  expect(await reward(page, group?.[1] ?? '', group?.[2] ?? '')).toBe(group?.[3])
  await press(page, 'Check your numbers')
  const worked = await cells(lesson(page).locator('.lesson-table'))
  expect(worked.length).toBe(4 * 5)

  await turnTo(page, 5, 'Why discuss?')
  await turnTo(page, 6, 'Rewards in the light of others')
  expect(await pointed(page)).toMatch(/interaction/)
  await turnTo(page, 7, 'What was learned?')
  await press(page, 'Learn to the end')
  await headline(page, 'Done: 3 of 3 steps').waitFor(LONG)
  await isDone(page)
  const after = await cells(lesson(page).locator('.lesson-table'))
  expect(after).toHaveLength(8)
  await page.locator('.curves .legend').getByText(`ada alone ${after[2]}`).waitFor()

  // On paper: two sheets for pupils, with the run's link; the key has the numbers of the steps that its tables are about.
  await press(page, 'Print worksheet')
  await page.getByRole('heading', { name: 'Models that learn from each other' }).waitFor()
  expect((await focused(page)).name).toBe('Models that learn from each other')
  expect(await lesson(page).isVisible()).toBe(false)
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  const link = readLink((await page.locator('.worksheet-head a').getAttribute('href')) ?? '')
  expect(link).toMatchObject({ page: 1, shared: { config: RUN, result: { steps: 3 } } })
  for (const format of ['A4', 'Letter'] as const) expect(await sheets(page, format)).toBe(2)
  await tabTo(page, /answer key/)
  await page.keyboard.press('Space')
  const key = page.getByRole('region', { name: 'Answer key' })
  await key.getByText('after 3 of 3 steps').waitFor()
  expect(await key.getByText(wrote).first().isVisible()).toBe(true)
  const [, , , fourth, , , seventh] = await key.locator('li').all()
  expect(await cells(fourth.locator('table'))).toEqual(worked)
  expect(await cells(seventh.locator('table'))).toEqual(after)
  expect(await sheets(page, 'A4')).toBe(4)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  expect(await page.getByRole('button').count()).toBe(0)
  const paper = await page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.querySelector('.worksheet') ?? document.body)
    return [getComputedStyle(document.documentElement).backgroundColor, backgroundColor, color]
  })
  expect(paper).toEqual(['rgb(255, 255, 255)', 'rgb(255, 255, 255)', 'rgb(0, 0, 0)'])
  await page.screenshot({ path: join(SHOTS, 'worksheet.png'), fullPage: true })
  await page.emulateMedia({ media: 'screen', colorScheme: 'light' })
  await page.keyboard.press('Escape')
  await lesson(page).waitFor()
  expect((await focused(page)).name).toBe('Print worksheet')

  await turnTo(page, 8, 'What this does not show')
  await press(page, 'Compare with a single agent')
  await page.getByRole('heading', { name: 'Beside “duet, seed 5”' }).waitFor(LONG)
  await isDone(page)
  expect((await focused(page)).name).toBe('Compare with a single agent')

  await page.keyboard.press('Escape')
  await lesson(page).waitFor({ state: 'detached' })
  expect((await focused(page)).name).toBe('Lesson')
  expect(await pointed(page)).toBe('')
  expect(troubles).toEqual([])
  await context.close()
}, 900_000)

test('a teacher makes a link to a page of it, with what is not needed hidden', async () => {
  const { context, page } = await site.visit(`${site.address}${linkTo(RUN)}`)
  await button(page, 'Share').click()
  const dialog = page.getByRole('dialog', { name: 'Share this run' })
  await dialog.getByText('For a lesson').click()
  for (const part of ['All settings', 'Lesson button', 'How they interact'])
    await dialog.getByLabel(part, { exact: true }).check()
  await dialog.getByLabel('Open the guided lesson').check()
  await dialog.getByLabel('at page').selectOption('6: Rewards in the light of others')
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  expect(link).toMatch(/&hide=settings,lesson,interactions&lesson=6$/)
  await context.close()

  const pupil = await site.visit(link)
  await lesson(pupil.page).getByText('6 of 8').waitFor()
  expect(await button(pupil.page, 'Lesson').count()).toBe(0)
  expect(await pupil.page.locator('.settings').count()).toBe(0)
  // What is hidden is not pointed at.
  expect(await pointed(pupil.page)).toBe('')
  expect(
    await lesson(pupil.page)
      .getByRole('button', { name: /^Look at/ })
      .count(),
  ).toBe(0)
  await button(pupil.page, 'Back').click()
  await lesson(pupil.page).getByRole('button', { name: 'Look at “The exchange”' }).waitFor()
  await button(pupil.page, 'Close the lesson').click()
  await lesson(pupil.page).waitFor({ state: 'detached' })
  expect((await focused(pupil.page)).name).toBe('Learn')
  // The address may change while the page is open.
  await pupil.page.evaluate(() => {
    location.hash = 'lesson=2'
  })
  await lesson(pupil.page).getByText('2 of 8').waitFor()
  expect(pupil.troubles).toEqual([])
  await pupil.context.close()
}, 300_000)

test('without a run it speaks of the recorded one, which stands still', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=7`)
  await page.getByRole('heading', { name: 'Recorded run: step 12 of 12' }).waitFor()
  await told(page)
    .getByText(/^Up to step 12: ada 60\s% → 82\s%, bo 60\s% → 85\s%\./)
    .waitFor()
  await page.getByRole('img', { name: /^Held-out accuracy: ada alone from 60 to 82 percent/ }).waitFor()
  await button(page, 'Close the lesson').click()
  // What it spoke of stays in view.
  await page.getByRole('heading', { name: 'Recorded run: step 12 of 12' }).waitFor()
  expect(troubles).toEqual([])
  await context.close()
})

test('on a narrow screen it is a sheet that can be folded, and the run’s buttons stay in reach', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=1`)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.setViewportSize({ width: 360, height: 800 })
  await lesson(page).waitFor()
  const height = async () => (await lesson(page).boundingBox())?.height ?? 0
  expect(await height()).toBeLessThanOrEqual(360)
  expect(await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)).toBe(0)
  await button(page, 'Look at “The exchange, stage 1”').click()
  await page.waitForFunction(() => scrollY > 0)
  // Playwright presses only what nothing covers.
  await button(page, 'Learn').click({ trial: true })
  await page.getByRole('article', { name: 'ada, share' }).locator('.peer-name').click({ trial: true })
  await button(page, 'Fold').click()
  expect(await height()).toBeLessThan(80)
  expect(await button(page, 'Next').isVisible()).toBe(false)
  await button(page, 'Unfold').click()
  await button(page, 'Next').click()
  await lesson(page).getByText('2 of 8').waitFor()
  // Where motion is unwanted the page moves only when asked.
  const before = await page.evaluate(() => scrollY)
  await page.waitForTimeout(300)
  expect(await page.evaluate(() => scrollY)).toBe(before)
  expect(troubles).toEqual([])
  await context.close()
})

test('nothing moves while the peers write beside it', async () => {
  const config = presetConfig('duet', { ...RUN, seed: 6 })
  const link = shareLink(
    site.address,
    { config, models: [null, null], result: null },
    { hide: [], autostart: false, page: 2 },
  )
  const { context, page } = await site.visit(link)
  await told(page).waitFor()
  await button(page, 'Run one step').click()
  await page.locator('.word').first().waitFor(LONG)
  await page.evaluate(() => {
    const shifts: number[] = []
    Object.assign(globalThis, { shifts })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        shifts.push((entry as PerformanceEntry & { value: number }).value)
    }).observe({ type: 'layout-shift' })
  })
  await headline(page, 'Paused: 1 of 3 steps').waitFor(LONG)
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts)
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02)
  await context.close()
}, 300_000)
