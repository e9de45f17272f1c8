/** The link of the recorded run, which runs it again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { recording, recordingRequests } from './recording_visits'
import { button, headline, openSite, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('the recording’s link runs it again, and the first step is as recorded', async () => {
  const { context, page, troubles } = await site.visit()
  await recording(page).getByRole('link').click()
  const start = button(page, 'Start the shared run')
  await start.waitFor()
  await expect.poll(() => recording(page).count()).toBe(0)
  // Opens it as in a new tab: with a link no recording plays.
  const asked = recordingRequests(page)
  await page.reload()
  await start.waitFor()
  await button(page, 'Next step').click()
  await appears(page.getByText('Reproduced up to step 1 of 20.'))
  await expect.poll(() => recording(page).count()).toBe(0)
  expect(asked()).toBe(0)
  await button(page, 'Stop').click()
  await appears(headline(page, 'Stopped'))
  expect(troubles).toEqual([])
  await context.close()
})
