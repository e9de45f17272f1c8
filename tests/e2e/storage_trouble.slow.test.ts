/** Stores that disappear, fill up or are held by another tab. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { openProfile, warned } from './stored_profile'
import {
  button,
  headline,
  linkTo,
  openSettings,
  openSite,
  openTab,
  quickRun,
  runAnother,
  SHOTS,
  type VisitedSite,
} from './visitors'

let site: VisitedSite
const profiles = mkdtempSync(join(tmpdir(), 'colloquy-profiles-'))

/** A page of the same origin that is not ours. */
async function openPlainFile(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${site.address}models/ada/config.json`)
  return page
}

const LINK = linkTo(quickRun({ steps: 3, checkpointEvery: 1 }))
const digestOf = (page: Page) => page.locator('.notice-done .digest').textContent()

beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(async () => {
  await site?.close()
  rmSync(profiles, { recursive: true, force: true })
})

test.each([
  ['cleared by the visitor', 'indexeddb'],
  // Also clears the locks that watch workers, so new workers have other locks than the page.
  ['cleared with all else of the site', 'all'],
  ['deleted by another page', null],
])(
  'a run whose store is %s in mid-run says so and goes on; the next one is kept again',
  async (how, cleared) => {
    const { context, page, troubles } = await site.visit(`${site.address}${LINK}`)
    // From then on the form shows the run of the link.
    await button(page, 'Start the shared run').waitFor()
    await button(page, 'Next step').click()
    await appears(headline(page, 'Paused: 1 of 3 steps'))
    await openTab(page, 'Details')
    await page.getByText('Saved up to step 1 of 3').waitFor()
    if (cleared !== null) {
      const devtools = await context.newCDPSession(page)
      await devtools.send('Storage.clearDataForOrigin', {
        origin: new URL(site.address).origin,
        storageTypes: cleared,
      })
    } else {
      const other = await openPlainFile(context)
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
    await button(page, 'Continue').click()
    await appears(headline(page, 'Done: 3 of 3 steps'))
    const digest = await digestOf(page)
    const warnings = warned(page, 'a run whose stored data was deleted')
    await expect.poll(() => warnings.count()).toBe(1)
    await expect.poll(() => warnings.textContent()).toMatch(/^step 2.*The run goes on in memory/)
    // The page reads the store once the run is over.
    await page.getByText('A run can be taken along as a file').waitFor()
    await expect.poll(() => button(page, 'Export run').isDisabled()).toBe(true)
    await page.screenshot({ path: join(SHOTS, `storage-${how.split(' ').join('-')}.png`), fullPage: true })

    await runAnother(page, () => button(page, 'Let them learn').click())
    await openTab(page, 'Details')
    await page.getByText('Saved up to step 3 of 3').waitFor()
    expect(await digestOf(page)).toBe(digest)
    expect(troubles).toEqual([])
    await context.close()
  },
)

test('when space runs out in mid-run, earlier checkpoints stay, the run completes, and deleting frees space', async () => {
  // Without a profile on disk Chromium frees nothing before it is closed.
  const context = await openProfile(join(profiles, 'full'))
  const devtools = await context.newCDPSession(await openPlainFile(context))
  const { origin } = new URL(site.address)
  // The first checkpoint takes 0.65 MB, later ones 1.3. Said first: Chromium remembers for a while how much
  // room there was.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_200_000 })
  const page = await context.newPage()
  await page.goto(`${site.address}${linkTo(quickRun({ steps: 2, checkpointEvery: 1 }))}`)
  const ended = async () => {
    await appears(headline(page, 'Done: 2 of 2 steps'))
    await openTab(page, 'Details')
    return digestOf(page)
  }
  const warnings = warned(page, 'no space left for this site')

  await button(page, 'Start the shared run').click()
  const digest = await ended()
  await expect.poll(() => warnings.count()).toBe(1)
  await expect
    .poll(() => warnings.textContent())
    .toMatch(/^step 2.*Delete kept runs.*The run goes on in memory/)
  await page.getByText('Saved up to step 1 of 2').waitFor()
  await page.screenshot({ path: join(SHOTS, 'storage-full.png'), fullPage: true })

  await page.reload()
  await button(page, 'Continue').click()
  expect(await ended()).toBe(digest)
  await expect.poll(() => warnings.textContent()).toMatch(/^step 2/)

  await page.getByText('Kept runs (1)').click()
  await button(page, 'Delete').click()
  await page.getByText('duet, seed 5 was deleted').waitFor()
  const again = async () => {
    await runAnother(page, () => button(page, 'Let them learn').click())
    return ended()
  }
  expect(await again()).toBe(digest)
  await expect.poll(() => warnings.textContent()).toMatch(/^step 1/)
  const usage = async () => (await devtools.send('Storage.getUsageAndQuota', { origin })).usage
  await expect.poll(usage).toBeLessThan(300_000)
  expect(await again()).toBe(digest)
  await expect.poll(() => warnings.textContent()).toMatch(/^step 2/)
  await page.getByText('Saved up to step 1 of 2').waitFor()
  await context.close()
})

test('an old tab that holds an older database must be closed; until then runs stay in memory', async () => {
  let old: Page | null = null
  const { context, page, troubles } = await site.visit(`${site.address}${LINK}`, async (visitor) => {
    old = await openPlainFile(visitor)
    await old.evaluate(
      () =>
        new Promise((done, failed) => {
          const opening = indexedDB.open('colloquy', 2)
          opening.onupgradeneeded = () => {
            opening.result.createObjectStore('heads', { keyPath: 'id' })
            for (const store of ['states', 'events']) opening.result.createObjectStore(store)
          }
          opening.onsuccess = () => {
            // For as long as the tab is open.
            Object.assign(window, { held: opening.result })
            done(null)
          }
          opening.onerror = failed
        }),
    )
  })
  const alert = page.getByRole('alert')
  await alert.getByText('another tab that holds them').first().waitFor()
  await expect
    .poll(() => alert.textContent())
    .toMatch(/kept runs.*older version of this page.*Close the other tabs/)
  await openTab(page, 'Details')
  await page.getByText('Kept runs (cannot be read now)').waitFor()
  await page.screenshot({ path: join(SHOTS, 'storage-held.png') })
  await button(page, 'Start the shared run').click()
  await appears(page.getByText(/^Done: 3 steps/))
  await openTab(page, 'Details')
  const digest = await digestOf(page)
  const warnings = warned(page, 'another tab that holds them')
  await expect.poll(() => warnings.count()).toBe(1)
  await expect
    .poll(() => warnings.textContent())
    .toMatch(/^step 1.*Close the other tabs of this page.*goes on in memory/)

  await (old as Page | null)?.close()
  await alert.waitFor({ state: 'detached' })
  await page.getByText('Kept runs (0)').waitFor()
  await runAnother(page, () => button(page, 'Let them learn').click())
  await openTab(page, 'Details')
  await page.getByText('Saved up to step 3 of 3').waitFor()
  expect(await digestOf(page)).toBe(digest)
  expect(troubles).toEqual([])
  await context.close()
})

test('where the browser forbids storage, the page says so, and a run completes in memory', async () => {
  // Sets the browser so that no site may store data. Databases, caches, locks and local storage are refused.
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
  await alert.getByText('This browser lets the page keep nothing.').waitFor()
  await expect
    .poll(() => alert.textContent())
    .toMatch(/kept runs.*Allow this site to keep data.*lasts as long as the page/)
  await page.screenshot({ path: join(SHOTS, 'storage-refused.png') })
  await button(page, 'Start the shared run').click()
  await appears(page.getByText(/^Done: 2 steps/))
  await openTab(page, 'Details')
  const warnings = warned(page, 'lets this page keep nothing')
  await expect.poll(() => warnings.count()).toBe(1)
  await expect.poll(() => warnings.textContent()).toContain('The run goes on in memory')
  await expect.poll(() => button(page, 'Export run').isDisabled()).toBe(true)
  await page.screenshot({ path: join(SHOTS, 'storage-refused-done.png'), fullPage: true })
  // A model from elsewhere cannot be stored either, and the page says so.
  await openSettings(page)
  await button(page, 'Change model of bo…').click()
  await page.getByRole('dialog').getByText('This browser lets the page keep nothing').waitFor()
  expect(troubles).toEqual([])
  await context.close()
})
