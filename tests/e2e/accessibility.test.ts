/** axe-core on the views of the built page that a visitor meets first, light and dark, wide and narrow. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TWO_LOOKS, violations } from './axe_violations'
import { recording } from './recording_visits'
import { button, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a first visit, with the recording at its end', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).waitFor()
  await button(page, 'Skip to the end of the recording').click()
  expect(await violations(page, TWO_LOOKS)).toEqual([])
  expect(troubles).toEqual([])
  await context.close()
})
