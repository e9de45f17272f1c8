/** A browser that keeps nothing, as a visitor meets it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { openProfile, warned } from './stored_profile'
import { button, linkTo, openSite, quickRun, SHOTS, type VisitedSite } from './visitors'

let site: VisitedSite
const profiles = mkdtempSync(join(tmpdir(), 'colloquy-profiles-'))

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(async () => {
  await site?.close()
  rmSync(profiles, { recursive: true, force: true })
})

test('where the browser lets the page keep nothing, it says so, and a run goes to its end in memory', async () => {
  // As a visitor sets it: no site may keep data. Databases, caches, locks and local storage are refused.
  const folder = join(profiles, 'refusing', 'Default')
  mkdirSync(folder, { recursive: true })
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } }
  writeFileSync(join(folder, 'Preferences'), JSON.stringify(preferences))
  const context = await openProfile(join(profiles, 'refusing'))
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', ({ message }) => troubles.push(message))
  await page.goto(site.address + linkTo(quickRun({ steps: 2, checkpointEvery: 1 })))
  const alert = page.getByRole('alert')
  await alert.getByText('a browser that lets this page keep nothing').waitFor()
  expect(await alert.textContent()).toMatch(
    /kept runs.*Allow this site to keep data.*lasts as long as the page/,
  )
  await page.screenshot({ path: join(SHOTS, 'storage-refused.png') })
  await button(page, 'Start the shared run').click()
  await appears(page.getByText(/^Done: 2 steps/))
  const warnings = warned(page, 'lets this page keep nothing')
  expect(await warnings.count()).toBe(1)
  expect(await warnings.textContent()).toContain('The run goes on in memory')
  expect(await button(page, 'Export run').isDisabled()).toBe(true)
  await page.screenshot({ path: join(SHOTS, 'storage-refused-done.png'), fullPage: true })
  // A model from elsewhere has nowhere to go, which is said as well.
  await button(page, 'Change model of bo…').click()
  await page.getByRole('dialog').getByText('a browser that lets this page keep nothing').waitFor()
  expect(troubles).toEqual([])
  await context.close()
})
