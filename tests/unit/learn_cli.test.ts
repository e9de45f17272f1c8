import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { JsonLines } from '../../src/cli/json_lines'
import { parseLearnOptions } from '../../src/cli/learn_options'
import { exchangeText, gainText, tableHead, tableRow } from '../../src/cli/learn_output'
import { ColloquyError } from '../../src/errors'
import type { Exchange, RunEvent } from '../../src/ilr/events'
import { presetConfig } from '../../src/runs/presets'

function failure(work: () => unknown): ColloquyError {
  try {
    work()
  } catch (error) {
    if (error instanceof ColloquyError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('options become settings; both spellings of a value work', () => {
  const text =
    '--preset duet --steps 3 --seed=11 --backend webgpu --questions 4 --group 6 --eval-every 2 --eval-size 50 --json f'
  expect(parseLearnOptions(text.split(' '))).toEqual({
    config: presetConfig('duet', {
      steps: 3,
      seed: 11,
      backend: 'webgpu',
      questionsPerStep: 4,
      numGenerations: 6,
      evalEvery: 2,
      evalSize: 50,
    }),
    json: 'f',
  })
  expect(parseLearnOptions([])).toEqual({ config: presetConfig('duet'), json: null })
  expect(parseLearnOptions(['--steps', '0', '--help'])).toBeNull()
})

test.each([
  [['--preset', 'duo'], '--preset: found "duo", wanted one of: duet'],
  [['--steps', '0'], '--steps: found 0, wanted at least 1. Change --steps.'],
  [['--steps', '1.5'], '--steps: found 1.5'],
  [['--steps', 'many'], '--steps: found "many", wanted a number'],
  [['--steps', '1e3x'], '--steps: found "1e3x", wanted a number'],
  [['--seed', '-1'], '--seed: found -1, wanted at least 0'],
  [['--group', '1'], '--group: found 1, wanted at least 2. Change --group.'],
  [['--backend', 'cuda'], '--backend: found "cuda", wanted one of: wasm, webgpu'],
  [['--steps'], '--steps: found no value, wanted a value (N)'],
  [['--json', '--steps', '3'], '--json: found no value'],
  [['--stepz', '3'], 'option --stepz: found an option that does not exist'],
  [['-q'], 'option -q: found an option that does not exist'],
  [['--constructor', '3'], 'option --constructor: found an option that does not exist'],
  [['duet'], 'argument: found "duet", wanted options only'],
])('%j is refused in one sentence that names it', (args, message) => {
  const error = failure(() => parseLearnOptions(args))
  expect(error.code).toBe('config')
  expect(error.message).toContain(message)
  expect(error.message).not.toContain('\n')
})

const exchange: Exchange = {
  question: { id: 'q', text: 'What is 2 and 3?', answer: '5', skill: 'add', level: 1, steps: ['2+3=5'] },
  mode: 'compete',
  judgement: { ada: { ability: 0.5, difficulty: 0.25, p: 0.6 } },
  peers: {
    ada: [
      {
        stage: 'share',
        prompt: 'What is 2 and 3?',
        text: '2+3=6. #### 6',
        reward: { total: 0.1, correct: false, parts: { correct: 0 } },
        calibratedReward: -0.4,
        advantage: -1,
      },
    ],
  },
}

test('the file has a line per result with the documented fields and nothing else', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'colloquy-')), 'out.jsonl')
  const config = presetConfig('duet')
  const events: RunEvent[] = [
    { type: 'run', config, resumedFrom: null },
    { type: 'progress', phase: 'load', step: 0, peer: 'ada', done: 1, total: 1 },
    { type: 'eval', step: 0, solo: { ada: 0.5 }, idea3: { ada: 0.75 }, skills: { ada: { cmp: 0.5 } }, n: 8 },
    { type: 'exchange', step: 1, exchange },
    { type: 'step', step: 1, metrics: { reward: 0.25 } },
    { type: 'done', steps: 1, seconds: 2.5, digest: 'ab' },
  ]
  const file = new JsonLines(path)
  for (const event of events) file.write(event)
  file.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { type: 'run', ...config },
    { type: 'eval', step: 0, solo: { ada: 0.5 }, idea3: { ada: 0.75 }, n: 8 },
    { type: 'exchange', step: 1, ...exchange },
    { type: 'step', step: 1, metrics: { reward: 0.25 } },
    { type: 'done', steps: 1, seconds: 2.5, digest: 'ab' },
  ])
})

test('a file that cannot be written is refused before anything runs', () => {
  const error = failure(() => new JsonLines(join(tmpdir(), 'no-such-folder', 'out.jsonl')))
  expect(error.message).toContain('--json')
  expect(error.message).toContain('ENOENT')
})

test('table, gain and discussion say what the events say', () => {
  const scores = (step: number, ada: number, bo: number) => ({
    type: 'eval' as const,
    step,
    solo: { ada, bo },
    idea3: { ada, bo },
    skills: {},
    n: 200,
  })
  const steps = [0.25, 0.75].map((reward, i) => ({ type: 'step' as const, step: i + 1, metrics: { reward } }))
  const cells = tableRow(scores(2, 0.5, 0.6), steps)
    .trim()
    .split(/ {2,}/)
  expect(cells.slice(0, 7)).toEqual(['2', '50.0 %', '50.0 %', '60.0 %', '60.0 %', '55.0 %', '0.500'])
  expect(tableHead(['ada', 'bo']).trim().split(/ {2,}/)).toHaveLength(cells.length)

  const gain = gainText(scores(0, 0.5, 0.6), scores(60, 0.75, 0.55))
  expect(gain).toMatch(/ada +50\.0 % -> +75\.0 % +\+25\.00 points/)
  expect(gain).toMatch(/bo +60\.0 % -> +55\.0 % +-5\.00 points/)
  expect(gain).toMatch(/mean +55\.0 % -> +65\.0 % +\+10\.00 points/)

  const text = exchangeText(7, exchange)
  for (const part of ['step 7 (compete)', 'What is 2 and 3?', '2+3=6. #### 6', 'wrong', '-1.00'])
    expect(text).toContain(part)
})
