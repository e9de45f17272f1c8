/** axe-core on all other views of the built page. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { violations } from './axe_violations'
import {
  button,
  fillSettings,
  headline,
  linkTo,
  openSite,
  quickRun,
  runAnother,
  textDetails,
  type VisitedSite,
} from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('the recorded run, with experiments to choose from and a step pinned', async () => {
  const { context, page, troubles } = await site.visit()
  await page.getByRole('region', { name: /^Recorded run/ }).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  // With experiments to choose from, reasons of numbers, a step pinned, and the charts' axes zoomed.
  await page.getByText('You could try…').click()
  await page
    .getByRole('button', { name: /^Set it up/ })
    .first()
    .waitFor()
  await page.getByText('Why so close to 0?').click()
  const reward = page.getByRole('slider', { name: /^Mean reward/ })
  for (const key of ['Home', 'Enter', '+']) await reward.press(key)
  await page.getByText('recorded, step 1, pinned').waitFor()
  await page.getByRole('button', { name: 'All steps' }).first().waitFor()
  expect(await violations(page)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})

test('a question of one’s own, answered and taken apart', async () => {
  const { context, page, troubles } = await site.visit(site.address + linkTo(quickRun({})))
  const panel = page.getByRole('region', { name: 'Ask the peers' })
  await panel.scrollIntoViewIfNeeded()
  await panel
    .getByRole('button', { name: /too hard for ada/ })
    .first()
    .click()
  await button(panel, 'Ask').click()
  await appears(panel.getByText('All have answered.'))
  await panel.getByText('How ada came to its last answer').click()
  expect(await violations(page)).toEqual([])
  await page.getByLabel('Your question').fill('')
  await button(panel, 'Ask').click()
  await appears(panel.getByRole('alert'))
  expect(await violations(page)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})

test('a run of one step, its kept run, and the dialogs of models and of sharing', async () => {
  const { context, page } = await site.visit()
  await fillSettings(page, {
    'Questions per step': '1',
    'Rollouts per group': '2',
    'Ability questions': '1',
    'Test size': '1',
  })
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused'))
  expect(await violations(page)).toEqual([])
  const details = await textDetails(page, 'ada', 'share')
  await details.getByRole('option').first().focus()
  await page.getByText('What the numbers mean').click()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')

  await page.setViewportSize({ width: 1280, height: 900 })
  await button(page, 'Share').click()
  await page.getByRole('dialog').getByText('As a QR code').click()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.keyboard.press('Escape')

  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
  await button(page, 'Change model of bo…').click()
  await page.getByRole('dialog').waitFor()
  expect(await violations(page)).toEqual([])
  await context.close()
})

test('the lesson beside the page, and its worksheet with the key', async () => {
  const { context, page, troubles } = await site.visit(`${site.address}#lesson=4`)
  await page.getByRole('heading', { name: 'Recorded run: step 20 of 20' }).waitFor()
  await page.getByText('All rewards of a group are equal.').click()
  expect(await violations(page)).toEqual([])
  await button(page, 'Print worksheet').click()
  await page.getByLabel(/answer key/).check()
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor()
  expect(await violations(page)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})

test('a shared run, a setting that cannot be, the question whether a server may be asked, and a comparison', async () => {
  const elsewhere = { task: 'question-file', questionFile: 'https://questions.example.org/q.jsonl' } as const
  const shared = linkTo(quickRun(elsewhere))
  const { context, page } = await site.visit(`${site.address}${shared}`)
  await page.getByText('It needs something from questions.example.org.').waitFor()
  await fillSettings(page, { Seed: 'x' })
  await button(page, 'Let them learn').click()
  await page.getByRole('alert').waitFor()
  expect(await violations(page)).toEqual([])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.getByLabel('Seed', { exact: true }).fill('1')
  await button(page, 'Let them learn').click()
  await page.getByRole('dialog', { name: 'May this page ask questions.example.org?' }).waitFor()
  expect(await violations(page)).toEqual([])
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()

  await page.goto(`${site.address}${linkTo(quickRun({ steps: 1 }))}`)
  await page.reload()
  await button(page, 'Let them learn').click()
  await appears(page.getByText(/^Done: 1 step/))
  await runAnother(page, () => button(page.locator('.comparison'), 'The same without discussion').click())
  await page.getByText('Beside “duet, seed 5”').waitFor()
  await page.getByText(/^Kept runs/).click()
  expect(await violations(page)).toEqual([])
  await context.close()
})
