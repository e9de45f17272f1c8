/** axe-core on the views of the built page that a visitor meets first, light and dark, wide and narrow. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { violations } from './axe_violations'
import { button, headline, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a first visit, with the recording at its end', async () => {
  const { context, page, troubles } = await site.visit()
  await page.getByRole('region', { name: /^Recorded run/ }).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  expect(await violations(page)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})

test('a run of one step, looked at token by token', async () => {
  const { context, page, troubles } = await site.visit(site.address + linkTo(quickRun({})))
  await button(page, 'Tokens').click()
  await button(page, 'One step').click()
  await appears(headline(page, 'Paused: 1 of'))
  await page.getByRole('listbox', { name: 'Tokens of ada, share' }).getByRole('option').first().focus()
  for (const rollouts of await page.getByText(/^All 2 rollouts/).all()) await rollouts.click()
  expect(await violations(page)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})
