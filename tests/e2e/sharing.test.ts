/** Runs shared by link, as visitors meet them: the built site, a real Chromium, fresh profiles. */
import { mkdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLink, shareLink } from '../../src/runs/share_link'
import type { SharedRun } from '../../src/runs/shared_run'
import { appears } from './appears'
import { recording } from './recording_visits'
import { headlineText, keptRuns, notice, openLink, SMALL, shots, UNKNOWN } from './shared_run_visits'
import { button, headline, openSettings, openSite, SHOTS, type VisitedSite } from './visitors'

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

test('a run is shared, opened in another profile, started and verified; a forged one is not verified', async () => {
  const first = await openLink(site, shareLink(site.address, { config: SMALL, ...UNKNOWN }))
  await notice(first.page).waitFor()
  await button(first.page, 'Start the shared run').click()
  await appears(first.page.getByText(/^Done: 2 steps/))
  const digest = await first.page.locator('.notice-done .digest').textContent()
  await button(first.page, 'Share').click()
  const dialog = first.page.getByRole('dialog', { name: 'Share this run' })
  await dialog.getByText(/With its result: digests of 2 steps/).waitFor()
  await button(first.page, 'Copy').click()
  await dialog.getByText('Copied.').waitFor()
  const link = await first.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe(await dialog.getByLabel('Link').inputValue())
  expect(link.length).toBeLessThan(700)
  await shots(first.page, 'dialog')
  await dialog.getByText('For a lesson').click()
  await dialog.getByLabel('Numbers').check()
  await expect.poll(() => dialog.getByLabel('Link').inputValue()).toBe(`${link}&hide=metrics`)
  await shots(first.page, 'dialog-lesson')
  expect(first.troubles).toEqual([])
  await first.context.close()

  const shared = readLink(link)?.shared as SharedRun
  expect(shared.config).toEqual(SMALL)
  // Node makes the very same link as the browser.
  expect(shareLink(site.address, shared)).toBe(link)
  expect(shared.result?.digest).toBe(digest)
  expect(shared.models.every((fingerprint) => (fingerprint?.bytes ?? 0) > 50_000)).toBe(true)

  const second = await openLink(site, link)
  const { page } = second
  await notice(page).waitFor()
  const told = await notice(page).textContent()
  for (const part of [
    '2 steps with seed 5',
    'ada: comes with this page',
    'Nothing is downloaded',
    `digest ${digest}`,
  ])
    expect(told).toContain(part)
  expect(await headlineText(page)).toBe('Ready')
  await openSettings(page)
  await expect.poll(() => page.getByLabel('Seed', { exact: true }).inputValue()).toBe('5')
  await button(page, 'Close the settings').click()
  expect(await keptRuns(page)).toBe(0)
  await shots(page, 'opened')
  await button(page, 'Next step').click()
  await appears(notice(page).getByText('Reproduced up to step 1 of 2.'))
  // A started or finished run is not offered again, even after a reload.
  await appears(headline(page, 'Paused: 1 of 2 steps'))
  await page.reload()
  await notice(page).getByText('Reproduced up to step 1 of 2.').waitFor()
  await expect.poll(() => button(page, 'Start the shared run').count()).toBe(0)
  await button(page, 'Continue').click()
  await appears(notice(page).getByText('Reproduced: all 2 steps came out the same, bit by bit.').first())
  await appears(page.getByText(/^Done: 2 steps/))
  await expect.poll(() => notice(page).textContent()).not.toContain('Another model')
  await shots(page, 'verified')
  await page.reload()
  await notice(page).getByText('Reproduced: all 2 steps').first().waitFor()
  await expect.poll(() => button(page, 'Start the shared run').count()).toBe(0)
  expect(second.troubles).toEqual([])

  // In the same tab the address changes, and the shared run with it.
  if (!shared.result) throw new Error('no result')
  const doctored = shareLink(site.address, {
    ...shared,
    result: { ...shared.result, marks: [{ step: 1, begins: '000000' }] },
  })
  await page.evaluate((to) => {
    location.hash = new URL(to).hash
  }, doctored)
  await notice(page)
    .getByText('Not the same: this run parted from the shared one at step 1 of 2.')
    .first()
    .waitFor()
  await second.context.close()
})

test('Share links the playing recorded run, with its result, without a server', async () => {
  const { context, page, troubles } = await openLink(site, site.address)
  await recording(page).waitFor()
  await button(page, 'Share').click()
  const dialog = page.getByRole('dialog', { name: 'Share this run' })
  await dialog.getByText('This is the recorded run that you are watching.').waitFor()
  await dialog.getByText(/With its result: digests of 20 steps and how well the peers do alone/).waitFor()
  expect(
    await dialog
      .getByText(/npm start|has no result/)
      .filter({ visible: true })
      .count(),
  ).toBe(0)
  const link = dialog.getByLabel('Link', { exact: true })
  await expect.poll(() => link.inputValue()).toMatch(/#run=/)
  const recorded = JSON.parse(readFileSync('recordings/halves.jsonl', 'utf8').split('\n', 1)[0])
  expect(readLink(await link.inputValue())?.shared?.result?.digest).toBe(recorded.digest)
  await button(dialog, 'Close').click()

  // Other settings are another run, which has not run here.
  await openSettings(page)
  await page.getByLabel('Seed', { exact: true }).fill('8')
  await button(page, 'Share').click()
  await dialog.getByText('so the link has no result').waitFor()
  await expect.poll(async () => readLink(await link.inputValue())?.shared?.config.seed).toBe(8)
  expect(troubles).toEqual([])
  await context.close()
})

test('a tab that was ended while it loaded peers does not start a link’s run by itself again', async () => {
  const link = `${shareLink(site.address, { config: SMALL, ...UNKNOWN })}&autostart=1`
  const { context, page, troubles } = await openLink(site, link)
  await appears(page.getByText(/^Done: 2 steps/))
  // The mark as a tab leaves it that had no chance to take it away.
  await page.addInitScript(() => sessionStorage.setItem('colloquy loads peers', '1'))
  await page.evaluate(() => indexedDB.deleteDatabase('colloquy'))
  await page.reload()
  await notice(page).getByText('This tab was closed while it loaded the peers').waitFor()
  expect(await headlineText(page)).toBe('Ready')
  expect(troubles).toEqual([])
  await context.close()
})
