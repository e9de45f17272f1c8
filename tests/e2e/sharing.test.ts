/** Runs that travel by link, as visitors meet them: the built site, a real Chromium, fresh profiles. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { presetConfig } from '../../src/runs/presets'
import { readLink, shareLink } from '../../src/runs/share_link'
import type { SharedRun } from '../../src/runs/shared_run'
import { button, openSite, SHOTS, type Visit, type VisitedSite } from './visitors'

/** Far beyond what a run takes alone: two cores may be busy with other tests. */
const LONG = { timeout: 240_000 }
const SMALL = presetConfig('duet', {
  seed: 5,
  steps: 2,
  questionsPerStep: 2,
  numGenerations: 4,
  abilityQuestions: 10,
  evalEvery: 1,
  evalSize: 10,
})
const UNKNOWN = { models: [null, null], result: null }

let site: VisitedSite
let address: string

beforeAll(async () => {
  site = await openSite()
  address = site.address
  mkdirSync(SHOTS, { recursive: true })
}, 240_000)
afterAll(() => site?.close())

function open(link: string): Promise<Visit> {
  return site.visit(link, (context) => context.grantPermissions(['clipboard-read', 'clipboard-write']))
}

const notice = (page: Page) => page.getByRole('region', { name: 'A run that somebody has shared with you' })
const headline = (page: Page) => page.locator('.run-headline').textContent()

/** How many runs are kept in the page's database. */
function keptRuns(page: Page): Promise<number> {
  return page.evaluate(async () => {
    if (!(await indexedDB.databases()).some(({ name }) => name === 'colloquy')) return 0
    const db = await new Promise<IDBDatabase>((done) => {
      const opening = indexedDB.open('colloquy')
      opening.onsuccess = () => done(opening.result)
    })
    const count = await new Promise<number>((done) => {
      const counting = db.transaction('heads').objectStore('heads').count()
      counting.onsuccess = () => done(counting.result)
    })
    db.close()
    return count
  })
}

async function shots(page: Page, name: string): Promise<void> {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    const beyond = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth)
    expect(beyond).toBe(0)
    await page.screenshot({ path: join(SHOTS, `sharing-${name}-${width}.png`) })
  }
}

test('a run is shared from the page, opened in another profile, started and verified; a doctored one is not', async () => {
  const first = await open(shareLink(address, { config: SMALL, ...UNKNOWN }))
  await notice(first.page).waitFor()
  await button(first.page, 'Start the shared run').click()
  await first.page.getByText(/^Done: 2 steps/).waitFor(LONG)
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
  await dialog.getByLabel('Metrics').check()
  expect(await dialog.getByLabel('Link').inputValue()).toBe(`${link}&hide=metrics`)
  await shots(first.page, 'dialog-lesson')
  expect(first.troubles).toEqual([])
  await first.context.close()

  const shared = readLink(link)?.shared as SharedRun
  expect(shared.config).toEqual(SMALL)
  // Node makes the very same link as the browser.
  expect(shareLink(address, shared)).toBe(link)
  expect(shared.result?.digest).toBe(digest)
  expect(shared.models.every((stamp) => (stamp?.bytes ?? 0) > 50_000)).toBe(true)

  const second = await open(link)
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
  expect(await headline(page)).toBe('Ready')
  expect(await page.getByLabel('Seed', { exact: true }).inputValue()).toBe('5')
  expect(await keptRuns(page)).toBe(0)
  await shots(page, 'opened')
  await button(page, 'Start the shared run').click()
  await notice(page).getByText('Reproduced up to step 1 of 2.').waitFor(LONG)
  await notice(page).getByText('Reproduced: all 2 steps came out the same, bit by bit.').first().waitFor(LONG)
  await page.getByText(/^Done: 2 steps/).waitFor(LONG)
  expect(await notice(page).textContent()).not.toContain('Another model')
  await shots(page, 'verified')
  expect(second.troubles).toEqual([])

  // In the same tab: the address changes, and with it what is shared.
  if (!shared.result) throw new Error('no result')
  const doctored = shareLink(address, {
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
}, 600_000)

test('a lesson hides what it says, starts by itself where nothing is asked of anybody, and replaces no kept run', async () => {
  const link = shareLink(
    address,
    { config: SMALL, ...UNKNOWN },
    { hide: ['preset', 'more', 'seed', 'metrics', 'skills', 'warnings'], autostart: true, page: null },
  )
  const { context, page, troubles } = await open(link)
  await page.locator('.run-headline', { hasText: 'Learning' }).waitFor(LONG)
  expect(await page.getByLabel('Preset').count()).toBe(0)
  expect(await page.getByLabel('Seed', { exact: true }).count()).toBe(0)
  expect(await page.getByText('More settings').isVisible()).toBe(false)
  expect(await page.getByLabel('Steps', { exact: true }).count()).toBe(1)
  for (const hidden of ['.metrics', '.skills', '.warnings'])
    expect(await page.locator(hidden).count()).toBe(0)
  expect(await page.locator('.exchange').count()).toBe(1)
  await shots(page, 'lesson')
  await page.getByText(/^Done: 2 steps/).waitFor(LONG)
  await page.reload()
  await notice(page).waitFor()
  await button(page, 'Start the shared run').isEnabled()
  await page.waitForTimeout(500)
  expect(await headline(page)).toBe('Ready')
  expect(await keptRuns(page)).toBe(1)
  expect(troubles).toEqual([])
  await context.close()
}, 600_000)

test('nobody is asked for anything before a yes that names them, whatever the link says', async () => {
  const config = presetConfig('duet', {
    task: 'question-file',
    questionFile: 'https://questions.example.org/q.jsonl',
    steps: 1,
  })
  const link = shareLink(address, { config, ...UNKNOWN }, { hide: [], autostart: true, page: null })
  const { context, page, troubles } = await open(link)
  let asked = 0
  await context.route('https://questions.example.org/**', (route) => {
    asked++
    return route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } })
  })
  await notice(page).getByText('It needs something from questions.example.org.').waitFor()
  await page.waitForTimeout(500)
  expect(await headline(page)).toBe('Ready')
  // Both ways to start it.
  for (const name of ['Start the shared run', 'Learn']) {
    await button(page, name).click()
    const dialog = page.getByRole('dialog', { name: 'May this page ask questions.example.org?' })
    await dialog.waitFor()
    if (name === 'Learn') await shots(page, 'consent')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await headline(page)).toBe('Ready')
  }
  expect(asked).toBe(0)
  expect(troubles).toEqual([])
  await button(page, 'Learn').click()
  await button(page, 'Fetch it and start').click()
  await page.getByRole('alert').getByText('questions.example.org/q.jsonl').first().waitFor(LONG)
  expect(asked).toBe(1)
  await context.close()
}, 300_000)

test('a model from elsewhere is not asked for either', async () => {
  const peers = ['ann', 'ben'].map((id) => ({ id, source: 'https://models.example.org/m' }))
  const link = shareLink(
    address,
    { config: presetConfig('duet', { peers }), ...UNKNOWN },
    { hide: ['models'], autostart: true, page: null },
  )
  const { context, page, troubles } = await open(link)
  await notice(page).getByText('It needs something from models.example.org.').waitFor()
  await button(page, 'Start the shared run').click()
  await page
    .getByRole('dialog', { name: 'Model of ann' })
    .getByRole('button', { name: 'Look it up' })
    .waitFor()
  expect(troubles).toEqual([])
  expect(await keptRuns(page)).toBe(0)
  await context.close()
})

test('links that cannot be used are said to be so, and leave nothing behind', async () => {
  const good = shareLink(address, { config: SMALL, ...UNKNOWN })
  for (const [link, what] of [
    [good.slice(0, -5), 'link: run'],
    [`${good}&hide=everything`, 'link: hide'],
    [`${good}&autostart=javascript:alert(1)`, 'link: autostart'],
    [`${good}&lesson=nine`, 'link: lesson'],
    [`${address}#run=1<img src=x onerror=alert(1)>`, 'link: run'],
  ]) {
    const { context, page, troubles } = await open(link)
    await page.getByRole('heading', { name: `Something is wrong with ${what}` }).waitFor()
    expect(await notice(page).count()).toBe(0)
    expect(await headline(page)).toBe('Ready')
    expect(await keptRuns(page)).toBe(0)
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
    expect(troubles).toEqual([])
    if (what === 'link: hide') await shots(page, 'unusable')
    await context.close()
  }
})
