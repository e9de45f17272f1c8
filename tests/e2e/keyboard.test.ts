/** A visitor without a pointer: the test never uses the mouse, and moves focus only by Tab. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { focused, tabTo } from './by_keyboard'
import { headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('settings, a run, its prompts, a link to it and its deletion, all by Tab and Enter', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(quickRun({ steps: 2 }))}`)
  await tabTo(page, 'Settings')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Seed')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('11')
  await tabTo(page, 'Next step')
  await page.keyboard.press('Enter')
  await appears(headline(page, 'Paused: 1 of 2 steps'))
  // The focus stays where it is while buttons change around it.
  expect((await focused(page)).name).toBe('Next step')
  await tabTo(page, 'More: ada, share')
  await page.keyboard.press('Enter')
  await page
    .getByRole('dialog', { name: 'ada: Share, step 1' })
    .getByRole('heading', { name: 'The prompt' })
    .waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect((await focused(page)).name).toBe('More: ada, share')

  await tabTo(page, 'Continue')
  await page.keyboard.press('Enter')
  await appears(page.getByText(/^Done: 2 steps/))

  await tabTo(page, 'Share')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  // Inside a dialog Tab stays inside it.
  for (let stop = 0; stop < 40; stop++) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => {
      const element = document.activeElement
      return element !== null && element !== document.body && element.closest('dialog') === null
    })
    expect(outside).toBe(false)
  }
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect((await focused(page)).name).toBe('Share')

  await tabTo(page, 'Discussion')
  await page.keyboard.press('End')
  await tabTo(page, /^Kept runs \(1\)/)
  await page.keyboard.press('Enter')
  await tabTo(page, 'Delete')
  await page.keyboard.press('Enter')
  await page.getByText('Kept runs (0)').waitFor()
  await tabTo(page, 'Undo')
  await page.keyboard.press('Space')
  await page.getByText('Kept runs (1)').waitFor()

  expect(troubles).toEqual([])
  await context.close()
})
