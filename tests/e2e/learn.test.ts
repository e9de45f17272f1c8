import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { learnTiny, MEMORY } from './learn_runs'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-learn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a run in the browser that was found prints its lines, a digest and a readable discussion', async () => {
  const browser = await learnTiny(folder, 'browser.jsonl')
  expect(browser.err).toMatch(MEMORY)
  expect(browser.err.replace(MEMORY, '')).toMatch(/^Running in .*, backend wasm/)
  expect(browser.err).toContain('The digest is exact')
  // Whether an ability measurement is a new best is luck, after the first.
  const types = browser.lines.map(({ type }) => type).filter((type, i) => type !== 'best' || i < 3)
  expect(types).toEqual([
    'run',
    'determinism',
    'best',
    'eval',
    'exchange',
    'step',
    'eval',
    'exchange',
    'step',
    'eval',
    'done',
  ])
  expect(browser.lines.at(-1)?.digest).toMatch(/^[0-9a-f]{64}$/)
  for (const part of ['Held-out solo accuracy (4 questions)', 'A discussion of step 2', 'points'])
    expect(browser.out).toContain(part)
})
