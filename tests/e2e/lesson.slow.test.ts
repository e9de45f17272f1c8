/** The whole lesson by keyboard, with a real run, onto paper and to a comparison. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { solutionLine } from '../../src/app/exchange/conversation'
import { presetConfig } from '../../src/config/presets'
import { readLink, shareLink } from '../../src/runs/share_link'
import { appears } from './appears'
import { focused, tabTo } from './by_keyboard'
import { expectStill, watchShifts } from './layout_shifts'
import { lesson, pointed, told } from './lesson_panel'
import {
  button,
  headline,
  linkTo,
  openSite,
  quickRun,
  SHOTS,
  textDetails,
  type VisitedSite,
} from './visitors'

const RUN = quickRun({ steps: 3, questionsPerStep: 2, numGenerations: 4 })

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

const isDone = (page: Page) => appears(lesson(page).getByRole('status').getByText('✓ Done.'))

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

/** Returns a text of the discussion verbatim, and its reward. */
async function textAndReward(page: Page, peer: string, stage: string) {
  const details = await textDetails(page, peer, stage)
  const found = {
    text: ((await details.locator('.tokens').textContent()) ?? '').trim(),
    reward: await details.locator('.text-numbers dd').first().textContent(),
  }
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
  return found
}

function cells(table: Locator): Promise<string[]> {
  return table.locator('tbody :is(th, td)').allTextContents()
}

/** Counts the printed sheets. */
async function sheets(page: Page, format: 'A4' | 'Letter'): Promise<number> {
  const pdf = await page.pdf({ format })
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0
}

test('all pages work by keyboard alone, drive the page’s run, and print', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(RUN)}&lesson=1`)
  await lesson(page).getByText('1 of 8').waitFor()
  await expect.poll(async () => (await focused(page)).name).toBe('Each peer answers alone')
  // Before a run, the lesson shows the recorded run's numbers, and says so.
  await told(page)
    .getByText(/^In step \d+, all got one question, each alone: \w+ wrote/)
    .waitFor()
  await lesson(page).getByText('Numbers of the recorded run').waitFor()
  expect(await pointed(page)).toBe('exchange')

  await press(page, 'Run one step')
  await appears(headline(page, 'Paused: 1 of 3 steps'))
  await isDone(page)
  expect((await focused(page)).name).toBe('Run one step')
  const { text } = await textAndReward(page, 'ada', 'share')
  const wrote = solutionLine(text)
  await expect.poll(() => told(page).textContent()).toContain(`ada wrote “${wrote}” and bo wrote “`)
  await expect.poll(() => lesson(page).getByText('Numbers of the recorded run').count()).toBe(0)

  await turnTo(page, 2, 'One question, many tries')
  expect(await pointed(page)).toBe('exchange')
  await press(page, 'Run one step')
  await appears(headline(page, 'Paused: 2 of 3 steps'))
  await isDone(page)

  await turnTo(page, 3, 'A number for every answer')
  const earned = /Here (\w+) was wrong and earned .* = (\d\.\d\d)\./.exec(
    (await told(page).textContent()) ?? '',
  )
  const { reward } = await textAndReward(page, earned?.[1] ?? 'ada', 'share')
  expect(reward).toBe(earned?.[2] ?? '1.00')

  await turnTo(page, 4, 'Better than your own average')
  const group = /(\w+)’s group in stage (\w+), step 2(?:: |, all rewards are )(\d\.\d\d)/.exec(
    (await told(page).textContent()) ?? '',
  )
  expect((await textAndReward(page, group?.[1] ?? '', group?.[2] ?? '')).reward).toBe(group?.[3])
  await press(page, 'Check your numbers')
  const worked = await cells(lesson(page).locator('.lesson-table'))
  expect(worked.length).toBe(4 * 5)

  await turnTo(page, 5, 'Why discuss?')
  await turnTo(page, 6, 'Rewards in the light of others')
  expect(await pointed(page)).toBe('interactions')
  await turnTo(page, 7, 'What was learned?')
  await press(page, 'Let them learn to the end')
  await appears(headline(page, 'Done: 3 of 3 steps'))
  await isDone(page)
  const after = await cells(lesson(page).locator('.lesson-table'))
  expect(after).toHaveLength(8)
  await page.locator('.accuracy .legend li', { hasText: `ada ${after[1]} → ${after[2]}` }).waitFor()

  // The print has two sheets for pupils, with the run's link. The key has the numbers of the steps in its
  // tables.
  await press(page, 'Print worksheet')
  await page.getByRole('heading', { name: 'Two tiny AIs that teach each other' }).waitFor()
  expect((await focused(page)).name).toBe('Two tiny AIs that teach each other')
  await expect.poll(() => lesson(page).isVisible()).toBe(false)
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  const link = readLink((await page.locator('.worksheet-head a').getAttribute('href')) ?? '')
  expect(link).toMatchObject({ page: 1, shared: { config: RUN, result: { steps: 3 } } })
  for (const format of ['A4', 'Letter'] as const) expect(await sheets(page, format)).toBe(2)
  await tabTo(page, /answer key/)
  await page.keyboard.press('Space')
  const key = page.getByRole('region', { name: 'Answer key' })
  await key.getByText('after 3 of 3 steps').waitFor()
  await expect.poll(() => key.getByText(wrote).first().isVisible()).toBe(true)
  const [, , , fourth, , , seventh] = await key.locator('li').all()
  expect(await cells(fourth.locator('table'))).toEqual(worked)
  expect(await cells(seventh.locator('table'))).toEqual(after)
  expect(await sheets(page, 'A4')).toBe(4)
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await expect.poll(() => page.getByRole('button').count()).toBe(0)
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
  await press(page, 'Run it without discussion')
  await isDone(page)
  expect((await focused(page)).name).toBe('Run it without discussion')

  await page.keyboard.press('Escape')
  await lesson(page).waitFor({ state: 'detached' })
  expect((await focused(page)).name).toBe('Lesson')
  expect(await pointed(page)).toBe('')
  await tabTo(page, 'Discussion')
  for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
  await page.getByRole('heading', { name: 'Beside “duet, seed 5”' }).waitFor()
  expect(troubles).toEqual([])
  await context.close()
})

test('nothing moves while the peers write next to it', async () => {
  const config = presetConfig('duet', { ...RUN, seed: 6 })
  const link = shareLink(
    site.address,
    { config, models: [null, null], result: null },
    { hide: [], autostart: false, page: 2 },
  )
  const { context, page } = await site.visit(link)
  await told(page).waitFor()
  await button(page, 'Run one step').click()
  await appears(page.locator('.word').first())
  await watchShifts(page)
  await appears(headline(page, 'Paused: 1 of 3 steps'))
  await expectStill(page)
  await context.close()
})
