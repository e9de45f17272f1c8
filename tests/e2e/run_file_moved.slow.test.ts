/** A run moves as a file from one visitor's page to another's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { saveDownload } from './saved_download'
import {
  button,
  headline,
  linkTo,
  openSettings,
  openSite,
  openTab,
  quickRun,
  type VisitedSite,
} from './visitors'

const LINK = linkTo(quickRun({ steps: 2, evalEvery: 1, checkpointEvery: 1 }))

const folder = mkdtempSync(join(tmpdir(), 'colloquy-run-files-'))
let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

const chooser = (page: Page) => page.locator('.run-files input[type=file]')
/** Counts the stored events of each run in the browser. */
const keptEvents = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((done) => {
        const opening = indexedDB.open('colloquy')
        opening.onsuccess = () => {
          const db = opening.result
          if (!db.objectStoreNames.contains('events')) return done(0)
          const counting = db.transaction('events').objectStore('events').count()
          counting.onsuccess = () => {
            db.close()
            done(counting.result)
          }
        }
      }),
  )

test('one step here and the last one in a fresh browser give the digest of the undisturbed run', async () => {
  const first = await site.visit(site.address + LINK)
  await openTab(first.page, 'Details')
  await expect.poll(() => button(first.page, 'Export run').isDisabled()).toBe(true)
  await button(first.page, 'Next step').click()
  await appears(headline(first.page, 'Paused: 1 of 2 steps'))
  await openTab(first.page, 'Details')
  await first.page.getByText('Saved up to step 1 of 2').waitFor()
  const file = await saveDownload(first.page, 'Export run', join(folder, 'run.colloquy.zip'))
  const transcript = readFileSync(
    await saveDownload(first.page, 'Transcript', join(folder, 'run.md')),
    'utf8',
  )
  expect(transcript.match(/^## Step \d$/gm)).toEqual(['## Step 1'])
  expect(
    readFileSync(await saveDownload(first.page, 'Metrics', join(folder, 'run.csv')), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toHaveLength(3)
  const curve = await first.page.getByRole('img', { name: /^Right alone/ }).getAttribute('aria-label')
  await button(first.page, 'Continue').click()
  await appears(headline(first.page, 'Done: 2 of 2 steps'))
  const digest = await first.page.locator('.digest').textContent()
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  expect(first.troubles).toEqual([])
  await first.context.close()

  const { context, page, troubles } = await site.visit()
  await openTab(page, 'Details')
  // A file with one bit changed is refused, and nothing is kept.
  const broken = readFileSync(file)
  broken[broken.length >> 1] ^= 1
  const bad = join(folder, 'broken.colloquy.zip')
  writeFileSync(bad, broken)
  await chooser(page).setInputFiles(bad)
  const said = page.locator('.run-files').getByRole('alert')
  await said.getByText(/^This run file is damaged|^This file is not a run/).waitFor()
  expect(await keptEvents(page)).toBe(0)

  await chooser(page).setInputFiles(file)
  await headline(page, /was saved at step 1 of 2$/).waitFor()
  await said.waitFor({ state: 'detached' })
  await page.getByText('duet, seed 5 is in view, at step 1 of 2.').waitFor()
  await expect
    .poll(() => page.getByRole('img', { name: /^Right alone/ }).getAttribute('aria-label'))
    .toBe(curve)
  await openSettings(page)
  await expect.poll(() => page.getByLabel('Seed', { exact: true }).inputValue()).toBe('5')
  await openTab(page, 'Discussion')
  await page.getByRole('article', { name: 'bo, fuse' }).locator('.verdict').waitFor()
  await openTab(page, 'Details')
  // Imports again: a kept run is not overwritten without consent.
  await chooser(page).setInputFiles(file)
  await page.getByText('This browser has that run already, at step 1.').waitFor()
  await button(page, 'Keep what is here').click()
  await button(page, 'Continue').click()
  await appears(page.getByText(/^Done: 2 steps/))
  await expect.poll(() => page.locator('.digest').textContent()).toBe(digest)
  expect(troubles).toEqual([])
  await context.close()
})
