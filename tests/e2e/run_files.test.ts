/** A run travels as a file: out of one visitor's page, into another's, and into the command. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFirefox } from '../../src/cli/browser'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { learn } from './learn_command'
import { button, fillSettings, headline, openSite, type VisitedSite } from './visitors'

/** What the page calls a setting, what the command does, and its value: three small steps. */
const SMALL_RUN = [
  ['Seed', 'seed', '5'],
  ['Steps', 'steps', '3'],
  ['Questions per step', 'questions', '1'],
  ['Rollouts per group', 'group', '2'],
  ['Ability questions', 'ability-questions', '4'],
  ['Test every', 'eval-every', '1'],
  ['Test size', 'eval-size', '4'],
  ['Save every', 'checkpoint-every', '1'],
] as const
const LONG = { timeout: 240_000 }

const folder = mkdtempSync(join(tmpdir(), 'colloquy-run-files-'))
let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
}, 240_000)
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

const chooser = (page: Page) => page.locator('.run-files input[type=file]')
/** What the browser keeps, run by run: how many events there are. */
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

async function saved(page: Page, name: string, as: string): Promise<string> {
  const coming = page.waitForEvent('download')
  await button(page, name).click()
  const path = join(folder, as)
  await (await coming).saveAs(path)
  return path
}

/** Makes the command run in node, for want of a browser. */
const IN_NODE = { CHROME_PATH: join(folder, 'no-browser') }
const digestIn = (text: string) => /digest ([0-9a-f]{64})/.exec(text)?.[1]

test('two steps here, the last one elsewhere: in a fresh browser and in the command, with the straight digest', async () => {
  const first = await site.visit()
  await fillSettings(first.page, Object.fromEntries(SMALL_RUN.map(([label, , value]) => [label, value])))
  expect(await button(first.page, 'Export run').isDisabled()).toBe(true)
  await button(first.page, 'One step').click()
  await headline(first.page, 'Paused: 1 of 3 steps').waitFor(LONG)
  await button(first.page, 'One step').click()
  await headline(first.page, 'Paused: 2 of 3 steps').waitFor(LONG)
  await first.page.getByText('Saved up to step 2 of 3').waitFor()
  const file = await saved(first.page, 'Export run', 'run.colloquy.zip')
  const transcript = readFileSync(await saved(first.page, 'Transcript', 'run.md'), 'utf8')
  expect(transcript.match(/^## Step \d$/gm)).toEqual(['## Step 1', '## Step 2'])
  expect(
    readFileSync(await saved(first.page, 'Metrics', 'run.csv'), 'utf8')
      .trimEnd()
      .split('\n'),
  ).toHaveLength(4)
  const curve = await first.page.getByRole('img', { name: /^Held-out accuracy/ }).getAttribute('aria-label')
  expect(first.troubles).toEqual([])
  await first.context.close()

  const { context, page, troubles } = await site.visit()
  // A file with one bit changed is refused, and nothing is kept.
  const broken = readFileSync(file)
  broken[broken.length >> 1] ^= 1
  const bad = join(folder, 'broken.colloquy.zip')
  writeFileSync(bad, broken)
  await chooser(page).setInputFiles(bad)
  await page
    .getByRole('alert')
    .getByText(/^Something is wrong with run file/)
    .waitFor()
  expect(await keptEvents(page)).toBe(0)

  await chooser(page).setInputFiles(file)
  await headline(page, 'Stopped: 2 of 3 steps').waitFor()
  await page.getByRole('alert').waitFor({ state: 'hidden' })
  expect(await page.getByRole('img', { name: /^Held-out accuracy/ }).getAttribute('aria-label')).toBe(curve)
  expect(await page.getByLabel('Seed', { exact: true }).inputValue()).toBe('5')
  await page.getByRole('article', { name: 'bo, fuse' }).locator('.verdict').waitFor()
  // Again: what is here is not overwritten unasked.
  await chooser(page).setInputFiles(file)
  await page.getByText('This browser has that run already, at step 2.').waitFor()
  await button(page, 'Keep what is here').click()
  await button(page, 'Go on from step 2').click()
  await page.getByText(/^Done: 3 steps/).waitFor(LONG)
  const digest = await page.locator('.digest').textContent()
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  const ended = await saved(page, 'Export run', 'ended.colloquy.zip')
  expect(troubles).toEqual([])
  await context.close()

  const out = join(folder, 'exported')
  const resumed = await learn(['--resume', file, '--export', out])
  expect(resumed.err).not.toContain('error:')
  expect(resumed.err).not.toContain('Running in node')
  expect(digestIn(resumed.out)).toBe(digest)
  if (findFirefox() !== null) {
    const inFirefox = join(folder, 'firefox')
    const { out: said } = await learn(['--resume', file, '--on', 'firefox', '--export', inFirefox])
    expect(digestIn(said)).toBe(digest)
    // It came back as it left the page.
    expect(readRunFile(readFileSync(join(inFirefox, 'run.colloquy.zip'))).state.digest).toBe(digest)
  }
  const straight = await learn(
    SMALL_RUN.flatMap(([, option, value]) => [`--${option}`, value]),
    IN_NODE,
  )
  expect(digestIn(straight.out)).toBe(digest)

  for (const peer of ['ada', 'bo'])
    expect(JSON.parse(readFileSync(join(out, `adapters/${peer}/adapter_config.json`), 'utf8')).r).toBe(16)
  expect(readFileSync(join(out, 'transcript.md'), 'utf8')).toContain('## Step 3')
  expect(JSON.parse(readFileSync(join(out, 'trainer_state.json'), 'utf8')).global_step).toBe(3)
  // One that is over has nothing left to do but to be exported.
  const again = join(folder, 'again')
  const over = await learn(['--resume', ended, '--export', again], IN_NODE)
  expect(digestIn(over.out)).toBe(digest)
  const weights = (where: string) => readFileSync(join(where, 'adapters/ada/adapter_model.safetensors'))
  expect(weights(again).equals(weights(out))).toBe(true)
}, 900_000)

test('the command refuses settings beside a file, and files that are none', async () => {
  const file = join(folder, 'none.colloquy.zip')
  writeFileSync(file, 'no run')
  for (const [args, message] of [
    [['--resume', file], 'run file, archive: found invalid zip data'],
    [['--resume', join(folder, 'missing')], 'found a file that cannot be read (ENOENT)'],
    [['--resume', file, '--seed', '3'], '--seed: found it beside --resume'],
  ] as const) {
    const { status, err } = await learn(args, IN_NODE)
    expect([status, err]).toEqual([1, expect.stringContaining(message)])
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  }
})
