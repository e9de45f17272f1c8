/**
 * A visitor's own question, through the page only: real Chromium, real peers, before and after a short run.
 */
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { expectStill, watchShifts } from './layout_shifts'
import { button, headline, linkTo, openSite, openTab, quickRun, type VisitedSite } from './visitors'

// Ada's model card has this question with ada's answer; bo can solve it.
const QUESTION = 'Max has 9 pens. Tom has 6 fewer than Max. How many pens do they have together?'
const WRONG = '9+6=15 9+15=24 24'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const panel = (page: Page) => page.getByRole('region', { name: 'Ask the peers' })
const field = (page: Page) => page.getByLabel('Your question')
const state = (page: Page, text: RegExp) => page.locator('.ask-now', { hasText: text })
const told = (page: Page) => page.getByRole('log', { name: 'Answers of the peers' }).locator('p')

const when = (page: Page, name: 'Before training' | 'After training') =>
  panel(page).getByRole('region', { name, exact: true })

/** Returns a bubble's equations, answer and mark. */
async function bubble(within: Locator, name: string) {
  const one = within.getByRole('article', { name })
  const parts = await one
    .locator('.chip, .chip-answer strong')
    .evaluateAll((elements) =>
      elements.map(
        (element) => [...element.childNodes].find((node) => node.nodeType === 3)?.textContent ?? '',
      ),
    )
  return { said: parts.join(' '), mark: await one.locator('.verdict').last().textContent() }
}

test('a question is answered alone and discussed before a run, and answered alone again after it', async () => {
  const learning = quickRun({
    steps: 2,
    numGenerations: 4,
    questionsPerStep: 2,
    learningRate: 0.05,
    warmupSteps: 0,
  })
  const { context, page, troubles } = await site.visit(site.address + linkTo(learning))
  await openTab(page, 'Ask them')
  await panel(page)
    .getByText(/Press “Let them learn”, then ask again/)
    .waitFor()
  await watchShifts(page)
  // The visitor uses only the keyboard.
  await field(page).focus()
  await page.keyboard.type(QUESTION)
  await page.keyboard.press('Tab')
  await page.keyboard.type('12')
  await page.keyboard.press('Enter')
  await appears(state(page, /All have answered/))
  const before = when(page, 'Before training')
  expect(await bubble(before, 'ada, share')).toEqual({ said: WRONG, mark: expect.stringContaining('wrong') })
  expect(await bubble(before, 'bo, share')).toEqual({
    said: expect.stringMatching(/ 12$/),
    mark: expect.stringContaining('right'),
  })
  expect(await bubble(before, 'ada, fuse and bo, fuse')).toEqual({
    said: expect.stringMatching(/ 12$/),
    mark: expect.stringContaining('right'),
  })
  await expect.poll(() => when(page, 'After training').count()).toBe(0)
  // The page shows nothing that is meant only for the checker.
  await expect.poll(() => panel(page).innerText()).not.toContain('##')
  // One sentence for each answer.
  await expect
    .poll(() => told(page).allTextContents())
    .toEqual([
      'ada has answered alone, before training: 24. Wrong.',
      'bo has answered alone, before training: 12. Right.',
      'ada has checked the steps of every idea.',
      'bo has checked the steps of every idea.',
      'ada has answered after the discussion: 12. Right.',
      'bo has answered after the discussion: 12. Right.',
    ])
  await expect
    .poll(() => before.locator('.mode-line').innerText())
    .toMatch(/so they (help each other|compete)\./)
  for (const peer of ['ada', 'bo'])
    expect(
      await before
        .getByRole('article', { name: `${peer}, analyze` })
        .locator('.mark')
        .count(),
    ).toBeGreaterThan(0)
  await expectStill(page)

  await button(page, 'Next step').click()
  // When a run starts, its discussion comes into view.
  await openTab(page, 'Ask them')
  await panel(page)
    .getByText(/busy with a run/)
    .waitFor()
  await appears(headline(page, 'Paused: 1 of 2 steps'))
  expect(
    await panel(page).getByRole('button', { name: 'Ask', exact: true }).getAttribute('aria-disabled'),
  ).toBe('true')
  await button(page, 'Continue').click()
  await appears(headline(page, 'Done'))
  await appears(panel(page).getByText(/After training is as of step 2/))
  await panel(page).getByRole('button', { name: 'Ask', exact: true }).click()
  await appears(state(page, /All have answered/))
  expect((await bubble(before, 'ada, share')).said).toBe(WRONG)
  // Two steps this large change the answers.
  const after = await bubble(when(page, 'After training'), 'ada, share')
  expect(after.said).not.toBe(WRONG)
  expect(after.mark).toMatch(/(right|wrong)/)
  await expect.poll(() => told(page).count()).toBe(8)
  expect(troubles).toEqual([])
  await context.close()
})

test('a lesson can hide the ask panel', async () => {
  const { context, page } = await site.visit(`${site.address}${linkTo(quickRun({}))}&hide=ask`)
  await page.getByRole('region', { name: 'Their discussion' }).waitFor()
  const tabs = page.getByRole('tab')
  await expect.poll(() => tabs.allTextContents()).toEqual(['Discussion', 'Compare', 'Details'])
  for (const tab of await tabs.all()) await tab.click()
  await page.getByRole('heading', { name: /^Runs$/ }).waitFor()
  await expect.poll(() => panel(page).count()).toBe(0)
  await context.close()
})
