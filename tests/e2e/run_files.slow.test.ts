/** A run moves as a file from a visitor's page to the command. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findFirefox } from '../../src/cli/browsers/browser'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { appears } from './appears'
import { learn } from './learn_command'
import { saveDownload } from './saved_download'
import { button, fillSettings, headline, openSite, openTab, type VisitedSite } from './visitors'

/** A setting's name on the page and in the command, and its value: three small steps. */
const SMALL_RUN = [
  ['Seed', 'seed', '5'],
  ['Steps', 'steps', '3'],
  ['Questions per step', 'questions', '1'],
  ['Tries per question', 'group', '2'],
  ['Ability questions', 'ability-questions', '4'],
  ['Test every', 'eval-every', '1'],
  ['Test size', 'eval-size', '4'],
  ['Save every', 'checkpoint-every', '1'],
] as const

const folder = mkdtempSync(join(tmpdir(), 'colloquy-run-files-'))
let site: VisitedSite

beforeAll(async () => {
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Makes the command run in node, because it finds no browser. */
const IN_NODE = { CHROME_PATH: join(folder, 'no-browser') }
const digestIn = (text: string) => /digest ([0-9a-f]{64})/.exec(text)?.[1]

test('two steps in the page and the last one in the command give the undisturbed digest', async () => {
  const { context, page, troubles } = await site.visit()
  await fillSettings(page, Object.fromEntries(SMALL_RUN.map(([label, , value]) => [label, value])))
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 1 of 3 steps'))
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 2 of 3 steps'))
  await openTab(page, 'Details')
  await page.getByText('Saved up to step 2 of 3').waitFor()
  const file = await saveDownload(page, 'Export run', join(folder, 'run.colloquy.zip'))
  await button(page, 'Continue').click()
  await appears(headline(page, 'Done: 3 of 3 steps'))
  const digest = await page.locator('.digest').textContent()
  const ended = await saveDownload(page, 'Export run', join(folder, 'ended.colloquy.zip'))
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
    // The export equals the page's file.
    expect(readRunFile(readFileSync(join(inFirefox, 'run.colloquy.zip'))).state.digest).toBe(digest)
  }
  const straight = await learn(
    ['--preset', 'halves', ...SMALL_RUN.flatMap(([, option, value]) => [`--${option}`, value])],
    IN_NODE,
  )
  expect(digestIn(straight.out)).toBe(digest)

  for (const peer of ['dee', 'eli'])
    expect(JSON.parse(readFileSync(join(out, `adapters/${peer}/adapter_config.json`), 'utf8')).r).toBe(16)
  expect(readFileSync(join(out, 'transcript.md'), 'utf8')).toContain('## Step 3')
  expect(JSON.parse(readFileSync(join(out, 'trainer_state.json'), 'utf8')).global_step).toBe(3)
  // A finished run can only be exported.
  const again = join(folder, 'again')
  const over = await learn(['--resume', ended, '--export', again], IN_NODE)
  expect(digestIn(over.out)).toBe(digest)
  const weights = (where: string) => readFileSync(join(where, 'adapters/dee/adapter_model.safetensors'))
  expect(weights(again).equals(weights(out))).toBe(true)
})

test('the command refuses settings next to a file, and files that are not run files', async () => {
  const file = join(folder, 'none.colloquy.zip')
  writeFileSync(file, 'no run')
  for (const [args, message] of [
    [['--resume', file], 'run file, archive: found invalid zip data'],
    [['--resume', join(folder, 'missing')], 'found a file that cannot be read (ENOENT)'],
    [['--resume', file, '--seed', '3'], '--seed: found it beside --resume'],
  ] as const) {
    const { status, err } = await learn(args)
    expect([status, err]).toEqual([1, expect.stringContaining(message)])
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  }
})
