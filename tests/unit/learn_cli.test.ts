import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { JsonLines } from '../../src/cli/learn/json_lines'
import { LEARN, learnOptions } from '../../src/cli/learn/learn_options'
import { endText, exchangeText, gainText, tableHead, tableRow } from '../../src/cli/learn/learn_output'
import { modelOptions } from '../../src/cli/learn/model_options'
import { againText, agreeToOrigins, outcome } from '../../src/cli/learn/shared_learn'
import { helpText } from '../../src/cli/options'
import { runConfigSchema } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import { DIGEST_START } from '../../src/ilr/digest_chain'
import type { Exchange, RunEvent } from '../../src/ilr/events'
import { shareLink } from '../../src/runs/share_link'
import { failure } from '../failure'
import { commandLine } from './command_line'

const parseLearnOptions = commandLine(LEARN, learnOptions)

test('options become settings; both spellings of a value work', () => {
  const text =
    '--on firefox --cores 2 --preset duet --steps 3 --seed=11 --backend webgpu --questions 4 --group 6 --eval-every 2 --eval-size 50 --json f'
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
    place: 'firefox',
    cores: 2,
    json: 'f',
    from: null,
    exportRun: null,
    exportTrl: null,
    models: modelOptions(null),
    shared: null,
  })
  expect(parseLearnOptions([])).toEqual({
    config: presetConfig('duet'),
    place: null,
    cores: null,
    json: null,
    from: null,
    exportRun: null,
    exportTrl: null,
    models: modelOptions(null),
    shared: null,
  })
  expect(parseLearnOptions(['--steps', '0', '--help'])).toBeNull()
})

test('every kind of setting has its spelling: choices, switches, lists, null, powers of ten', () => {
  const text =
    '--method share-only --interaction random --cooperate-probability 0.25 --judge prompt --calibration off ' +
    '--train-context question --train-stages share,fuse --eval-methods none --discuss disputed ' +
    '--early-stopping-patience 3 --discuss-generations none --learning-rate 5e-4 --loss-type dr_grpo'
  expect(parseLearnOptions(text.split(' '))?.config).toEqual(
    presetConfig('duet', {
      method: 'share-only',
      interaction: 'random',
      cooperateProbability: 0.25,
      difficultyJudge: 'prompt',
      calibration: false,
      trainContext: 'question',
      trainStages: ['share', 'fuse'],
      evalMethods: [],
      discuss: 'disputed',
      earlyStoppingPatience: 3,
      discussGenerations: null,
      learningRate: 0.0005,
      lossType: 'dr_grpo',
    }),
  )
})

test('peers can come from anywhere, and the hub is an option', () => {
  const text =
    '--peers hub:owner/ada@v1,models/ada,https://box.lan/bo --hub http://mirror:1/ --cache c --yes --steps 3'
  const options = parseLearnOptions(text.split(' '))
  expect(options?.config).toEqual(
    presetConfig('duet', {
      steps: 3,
      peers: [
        { id: 'ada', source: 'hub:owner/ada@v1' },
        { id: 'ada-2', source: 'models/ada' },
        { id: 'bo', source: 'https://box.lan/bo' },
      ],
    }),
  )
  expect(options?.models).toEqual({ hub: 'http://mirror:1', cache: 'c', yes: true })
  expect(modelOptions(null, { HF_ENDPOINT: 'https://m.example' }).hub).toBe('https://m.example')
})

test('a single agent may be alone, and an embedded peer is known by its name', () => {
  const peersOf = (...args: string[]) => parseLearnOptions(args)?.config.peers
  expect(peersOf('--method', 'solo', '--peers', 'ada')).toEqual([{ id: 'ada', source: 'models/ada' }])
  expect(peersOf('--peers', 'bo, mine/ada')).toEqual([
    { id: 'bo', source: 'models/bo' },
    { id: 'ada', source: 'mine/ada' },
  ])
})

test('dtype and thinking apply to every peer, and change nothing when not given', () => {
  const peersOf = (text: string) => parseLearnOptions(text.split(' '))?.config.peers
  expect(peersOf('--peers hub:o/a,hub:o/b --dtype q8')).toEqual([
    { id: 'a', source: 'hub:o/a', dtype: 'q8' },
    { id: 'b', source: 'hub:o/b', dtype: 'q8' },
  ])
  const own = presetConfig('gsm8k').peers
  expect(peersOf('--preset gsm8k --thinking')).toEqual(own.map((peer) => ({ ...peer, thinking: true })))
  expect(peersOf('--preset gsm8k')).toEqual(own)
})

test('a task file implies its task', () => {
  const wanted = presetConfig('halves', { task: 'question-file', questionFile: 'sums.jsonl' })
  const args = ['--preset', 'halves', '--task-file', 'sums.jsonl']
  expect(parseLearnOptions(args)?.config).toEqual(wanted)
  expect(parseLearnOptions([...args, '--task', 'question-file'])?.config).toEqual(wanted)
})

test('the help text has every setting once, except those of presets alone, within 110 columns', () => {
  const help = helpText(LEARN)
  const listed = [...help.matchAll(/^ {2}--([a-z0-9-]+)/gm)].map(([, name]) => name)
  expect(new Set(listed).size).toBe(listed.length)
  // preset, peers and questionFile (--task-file) are there; version is not; --on, --cores, --json, --help,
  // --url, --export, --resume, --export-trl, --hub, --cache and --yes are no settings, --dtype and --thinking
  // those of peers.
  expect(listed).toHaveLength(Object.keys(runConfigSchema.shape).length - 1 + 13)
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(110)
})

test.each([
  [['--preset', 'duo'], '--preset: found "duo", wanted one of: halves, duet'],
  [['--on', 'safari'], '--on: found "safari", wanted one of: chromium, firefox, webkit, node'],
  [['--cores', '0'], '--cores: found "0", wanted a whole number of at least 1'],
  [['--steps', '0'], '--steps: found 0, wanted at least 1. Change --steps.'],
  [['--steps', '1.5'], '--steps: found 1.5'],
  [['--steps', 'many'], '--steps: found "many", wanted a number'],
  [['--steps', '1e3x'], '--steps: found "1e3x", wanted a number'],
  [['--seed', '-1'], '--seed: found -1, wanted at least 0'],
  [['--group', '1'], '--group: found 1, wanted at least 2. Change --group.'],
  [['--backend', 'cuda'], '--backend: found "cuda", wanted one of: wasm, webgpu'],
  [['--calibration', 'yes'], '--calibration: found "yes", wanted one of: on, off'],
  [
    ['--method', 'iql'],
    '--method: found "iql", wanted one of: ilr, solo, share-only, self-debate. Change --method.',
  ],
  [['--train-stages', 'share,talk'], '--train-stages: found "talk", wanted one of: share, analyze, fuse'],
  [['--train-stages', 'none'], '--train-stages: found [], wanted at least 1 of them. Change --train-stages.'],
  [['--steps', 'none'], '--steps: found "none", wanted a number'],
  [['--task-file', 'f', '--task', 'code'], '--task: found "code", wanted question-file, or no --task'],
  [
    ['--peers', 'ada'],
    '--peers: found ada alone, wanted at least two with method ilr, to discuss with each other. Add a peer, or choose method solo.',
  ],
  [
    ['--method', 'share-only', '--peers', 'models/ada'],
    '--peers: found ada alone, wanted at least two with method share-only, to learn from each other’s right answers. Add',
  ],
  [['--method', 'solo', '--peers', 'a,b,c,d,e'], '--peers: found ['],
  [['--peers', 'a,ftp:b'], '--peers: found "ftp:b"'],
  [
    ['--peers', 'a,http://example.com/b'],
    '--peers: found "http://example.com/b", wanted https, or http to a machine',
  ],
  [['--peers', 'a,folder:b'], '--peers: found folder:b, wanted the path'],
  [['--dtype', 'q5'], '--dtype: found "q5", wanted one of: fp32'],
  [['--hub', 'mirror'], 'address of the hub: found "mirror"'],
  [['--yes=no'], '--yes: found "no", wanted no value'],
  [['--steps'], '--steps: found no value, wanted a value (N)'],
  [['--json', '--steps', '3'], '--json: found no value'],
  [
    ['--stepz', '3'],
    'option --stepz: found an option that does not exist, wanted one that does; the closest is --steps. See',
  ],
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

test('the file has one line per result, with only the documented fields', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'colloquy-')), 'out.jsonl')
  const config = presetConfig('duet')
  const scores = {
    step: 0,
    solo: { ada: 0.5 },
    skills: { ada: { cmp: 0.5 } },
    idea3: { ada: 0.75 },
    debate: { ada: 0.625 },
    sampled: { ada: { cmp: 0.25 } },
    vote: 0.5,
    ood: { ada: 0.125 },
    n: 8,
    trainedTokens: 0,
    generatedTokens: 0,
    seconds: 1.5,
  }
  const questions = [
    {
      id: 'q',
      skill: 'add',
      level: 1,
      mode: null,
      judgement: { ada: { ability: 0.5, difficulty: 0.25, p: 0.6 } },
      disagreement: false,
    },
  ]
  const events: RunEvent[] = [
    { type: 'run', config, resumedFrom: null },
    { type: 'determinism', determinism: 'exact' },
    { type: 'progress', phase: 'load', step: 0, peer: 'ada', done: 1, total: 1 },
    { type: 'best', step: 0, accuracy: 0.5 },
    { type: 'eval', ...scores },
    { type: 'warning', step: 1, message: 'w' },
    { type: 'exchange', step: 1, exchange },
    { type: 'step', step: 1, metrics: { reward: 0.25 }, questions },
    { type: 'done', steps: 1, reason: 'early-stop', seconds: 2.5, digest: 'ab' },
  ]
  const file = new JsonLines(path)
  for (const event of events) file.write(event)
  file.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { type: 'run', ...config },
    { type: 'determinism', determinism: 'exact' },
    { type: 'best', step: 0, accuracy: 0.5 },
    { type: 'eval', ...scores },
    { type: 'exchange', step: 1, ...exchange },
    { type: 'step', step: 1, metrics: { reward: 0.25 }, questions },
    { type: 'done', steps: 1, reason: 'early-stop', seconds: 2.5, digest: 'ab' },
  ])
})

test('an unwritable file is refused before anything runs', () => {
  const error = failure(() => new JsonLines(join(tmpdir(), 'no-such-folder', 'out.jsonl')))
  expect(error.message).toContain('--json')
  expect(error.message).toContain('ENOENT')
})

const scores = (step: number, ada: number, bo: number): Extract<RunEvent, { type: 'eval' }> => ({
  type: 'eval',
  step,
  solo: { ada, bo },
  skills: {},
  n: 200,
  trainedTokens: 0,
  generatedTokens: 0,
  seconds: 0,
})
const cells = (line: string) => line.trim().split(/ {2,}/)

test('the table has a column only for what was measured', () => {
  const steps = [0.25, 0.75].map((reward, i) => ({
    type: 'step' as const,
    step: i + 1,
    metrics: { reward },
    questions: [],
  }))
  const plain = scores(2, 0.5, 0.6)
  expect(cells(tableHead(plain)).slice(0, 5)).toEqual(['step', 'solo ada', 'solo bo', 'solo mean', 'reward'])
  expect(cells(tableRow(plain, steps)).slice(0, 5)).toEqual(['2', '50.0 %', '60.0 %', '55.0 %', '0.500'])

  const full = {
    ...plain,
    idea3: { ada: 0.7, bo: 0.8 },
    sampled: { ada: { x: 0.25, y: 0.75 }, bo: { x: 0, y: 0.5 } },
    vote: 0.9,
  }
  const head = cells(tableHead(full))
  const row = cells(tableRow(full, steps))
  expect(row).toHaveLength(head.length)
  const value = (title: string) => row[head.indexOf(title)]
  expect(['idea3 bo', 'sampled ada', 'sampled bo', 'vote', 'reward'].map(value)).toEqual([
    '80.0 %',
    '50.0 %',
    '25.0 %',
    '90.0 %',
    '0.500',
  ])
})

test('gain, discussion and end follow the events', () => {
  const gain = gainText(scores(0, 0.5, 0.6), scores(60, 0.75, 0.55))
  expect(gain).toMatch(/ada +50\.0 % -> +75\.0 % +\+25\.00 points/)
  expect(gain).toMatch(/bo +60\.0 % -> +55\.0 % +−5\.00 points/)
  expect(gain).toMatch(/mean +55\.0 % -> +65\.0 % +\+10\.00 points/)

  const text = exchangeText(7, exchange)
  for (const part of ['step 7 (compete)', 'What is 2 and 3?', '2+3=6. #### 6', 'wrong', '−1.00'])
    expect(text).toContain(part)
  const alone = exchangeText(7, { ...exchange, mode: null, judgement: {} })
  expect(alone).toContain('step 7, not discussed')
  expect(alone).not.toContain('null')

  const done = { type: 'done' as const, steps: 9, seconds: 3.25, digest: 'ab' }
  expect(endText({ ...done, reason: 'steps' })).toBe('9 steps in 3.3 s, digest ab')
  expect(endText({ ...done, reason: 'budget' })).toContain('budgets are used up')
})

describe('a link', () => {
  const config = presetConfig('duet', { seed: 9, steps: 2 })
  const link = shareLink('https://colloquy.example.org/', { config, models: [null, null], result: null })
  test('gives the settings; options give the places of models and results', () => {
    const options = parseLearnOptions(['--url', link, '--json', 'f', '--cache', 'C', '--yes'])
    expect(options).toMatchObject({
      config,
      json: 'f',
      models: { cache: 'C', yes: true },
      shared: { config },
    })
    expect(parseLearnOptions([`--url=${link.slice(link.indexOf('#'))}`])?.config).toEqual(config)
  })
  test.each([
    [['--url', link, '--seed', '3'], '--seed: found it beside --url'],
    [['--url', 'https://colloquy.example.org/'], '--url: found no run in it'],
    [['--url', link.slice(0, -2)], 'link: run: found'],
  ])('%# that cannot be used is said in a sentence', (args, message) => {
    expect(failure(() => parseLearnOptions(args)).message).toContain(message)
  })

  const asked: string[] = []
  const terminal = (answer: string | null) => ({
    out: { write: (text: string) => asked.push(text) },
    ask: async (question: string) => {
      asked.push(question)
      return answer
    },
  })
  const remote = presetConfig('gsm8k')
  test('contacts no host without the user’s consent', async () => {
    const options = modelOptions(null, {})
    await expect(agreeToOrigins(remote, options, terminal('n'))).rejects.toThrow('found a no')
    await expect(agreeToOrigins(remote, options, terminal(null))).rejects.toThrow('Say --yes')
    expect(asked[0]).toContain('huggingface.co for model hub:onnx-community/Qwen2.5-0.5B-Instruct')
    expect(asked[0]).toContain('raw.githubusercontent.com for questions https://')
    await agreeToOrigins(remote, options, terminal('y'))
    await agreeToOrigins(remote, { ...options, yes: true }, terminal('n'))
    asked.length = 0
    await agreeToOrigins(config, options, terminal('n'))
    expect(asked).toEqual([])
  })

  test('printed at the end has the result; a run that nobody else can repeat has none', () => {
    const of = (digest: string) => [{ step: 1, digest, chain: DIGEST_START }]
    const told = { steps: of('ab'.repeat(32)), evaluations: [] }
    const [, made] = /--url '([^']+)'/.exec(againText(config, [null, null], told)) ?? []
    const shared = parseLearnOptions(['--url', made])?.shared
    expect(shared?.result).toMatchObject({ steps: 1, digest: 'ab'.repeat(32) })
    if (shared) {
      expect(outcome(shared, told).same).toBe(true)
      expect(outcome(shared, { ...told, steps: [] })).toMatchObject({ same: false })
      expect(outcome(shared, { ...told, steps: of('cd'.repeat(32)) })).toMatchObject({
        same: false,
        text: expect.stringContaining('at step 1 of 1'),
      })
      // Made before the presets changed: it is another run now, which is no failure to reproduce it.
      expect(outcome({ ...shared, drifted: true }, { ...told, steps: of('cd'.repeat(32)) })).toMatchObject({
        same: null,
        text: expect.stringContaining('The presets have changed'),
      })
    }
    const local = presetConfig('duet', { task: 'question-file', questionFile: '/tmp/q.jsonl' })
    expect(againText(local, [null, null], told)).toMatch(/^There is no link to this run. questionFile: /)
  })
})
