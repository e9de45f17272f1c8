/** Browsers that keep nothing, and stores that go away in mid-run, as a visitor meets them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browser'
import { button, headline, linkTo, openSite, quickRun, SHOTS, type VisitedSite } from './visitors'

const LONG = { timeout: 120_000 }
const LINK = linkTo(quickRun({ steps: 3, checkpointEvery: 1 }))

let site: VisitedSite
const profile = mkdtempSync(join(tmpdir(), 'colloquy-profile-'))

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
}, 240_000)
afterAll(async () => {
  await site?.close()
  rmSync(profile, { recursive: true, force: true })
})

test('where the browser lets the page keep nothing, it says so, and a run goes to its end in memory', async () => {
  // As a visitor sets it: no site may keep data. Databases, caches, locks and local storage are refused.
  mkdirSync(join(profile, 'Default'))
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } }
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser() ?? undefined,
    args: [...BROWSER_FLAGS],
  })
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', ({ message }) => troubles.push(message))
  await page.goto(`${site.address}${LINK}`)
  const alert = page.getByRole('alert')
  await alert.getByText('a browser that lets this page keep nothing').waitFor()
  expect(await alert.textContent()).toMatch(
    /kept runs.*Allow this site to keep data.*lasts as long as the page/,
  )
  await page.screenshot({ path: join(SHOTS, 'storage-refused.png') })
  await button(page, 'Start the shared run').click()
  await page.getByText(/^Done: 3 steps/).waitFor(LONG)
  const warnings = page.locator('.warnings li', { hasText: 'lets this page keep nothing' })
  expect(await warnings.count()).toBe(1)
  expect(await warnings.textContent()).toContain('The run goes on in memory')
  expect(await button(page, 'Export run').isDisabled()).toBe(true)
  await page.screenshot({ path: join(SHOTS, 'storage-refused-done.png'), fullPage: true })
  // A model from elsewhere has nowhere to go, which is said as well.
  await button(page, 'Change model of bo…').click()
  await page.getByRole('dialog').getByText('a browser that lets this page keep nothing').waitFor()
  expect(troubles).toEqual([])
  await context.close()
}, 300_000)

test.each([
  ['cleared by the visitor', 'clear'],
  ['deleted by another page', 'delete'],
])(
  'a run whose store is %s in mid-run says so and goes on; the next one is kept again',
  async (_, how) => {
    const { context, page, troubles } = await site.visit(`${site.address}${LINK}`)
    await button(page, 'One step').click()
    await headline(page, 'Paused: 1 of 3 steps').waitFor(LONG)
    await page.getByText('Saved up to step 1 of 3').waitFor()
    if (how === 'clear') {
      const devtools = await context.newCDPSession(page)
      await devtools.send('Storage.clearDataForOrigin', {
        origin: new URL(site.address).origin,
        storageTypes: 'indexeddb',
      })
    } else {
      const other = await context.newPage()
      await other.goto(`${site.address}models/ada/config.json`)
      await other.evaluate(
        () =>
          new Promise((done, failed) => {
            const deleting = indexedDB.deleteDatabase('colloquy')
            deleting.onsuccess = done
            deleting.onerror = failed
            deleting.onblocked = failed
          }),
      )
      await other.close()
    }
    await button(page, 'Go on').click()
    await page.getByText(/^Done: 3 steps/).waitFor(LONG)
    const digest = await page.locator('.notice-done .digest').textContent()
    const warnings = page.locator('.warnings li', { hasText: 'what was kept of it has been deleted' })
    expect(await warnings.count()).toBe(1)
    expect(await warnings.textContent()).toMatch(/^step 2.*The run goes on in memory/)
    // Looked up in the store once the run is over.
    await page.getByText('A run can be taken along as a file').waitFor()
    expect(await button(page, 'Export run').isDisabled()).toBe(true)
    await page.screenshot({ path: join(SHOTS, `storage-${how}.png`), fullPage: true })

    await button(page, 'Learn').click()
    await page.getByText('Saved up to step 3 of 3').waitFor(LONG)
    await page.getByText(/^Done: 3 steps/).waitFor(LONG)
    expect(await page.locator('.notice-done .digest').textContent()).toBe(digest)
    expect(troubles).toEqual([])
    await context.close()
  },
  300_000,
)
