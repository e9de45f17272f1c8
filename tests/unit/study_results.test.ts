import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/ilr/events'
import { PROFILES } from '../../src/pretrain/profiles'
import { StudyDigests } from '../../src/study/digest'
import { RunRecord } from '../../src/study/record'
import type { ExpectedDigests, StudyHeader } from '../../src/study/results'
import { ResultsFile, readResults, writeCsv } from '../../src/study/results_file'
import { configOf, jobName, STUDY, type Study, withBudgets } from '../../src/study/scenarios'
import { readingsOf } from '../../src/tasks/skills'
import { failure } from '../failure'
import { line, run } from './study_runs'

const header: StudyHeader = {
  study: 1,
  scenarios: { duet: 'd1' },
  versions: { node: '20' },
  machine: { processor: 'any', cores: 2 },
}
const belonging: ExpectedDigests = { ofScenario: () => 'd1', ofRun: () => 'abc' }
const folder = () => mkdtempSync(join(tmpdir(), 'colloquy-study-'))

test('runs persist when the file is reopened, and the table has a row for each evaluation', () => {
  const at = folder()
  const runs = [run('ilr', 1, [0.5, 0.75]), run('solo', 1, [0.5, 0.625])]
  const file = ResultsFile.open(at, header, belonging)
  for (const { lines } of runs) file.add(lines)
  writeCsv(at, file.runs)
  expect(ResultsFile.open(at, header, belonging).runs).toEqual(runs)
  const first = JSON.parse(readFileSync(join(at, 'results.jsonl'), 'utf8').split('\n')[1])
  const asked = ['scenario', 'arm', 'seed', 'step', 'solo', 'idea3', 'trainedTokens', 'generatedTokens']
  for (const name of [...asked, 'seconds', 'n']) expect(first).toHaveProperty(name)

  const [head, ...rows] = readFileSync(join(at, 'results.csv'), 'utf8').trim().split('\n')
  const column = head.split(',').indexOf('solo_bo')
  expect(rows.map((row) => row.split(',')[column])).toEqual(['0.5', '0.75', '0.5', '0.625'])
})

test('wherever writing is cut off, complete runs are kept, the rest is dropped, and writing continues', () => {
  const at = folder()
  const path = join(at, 'results.jsonl')
  const [first, second] = [run('ilr', 1, [0.5, 0.75]), run('solo', 1, [0.5, 0.625])]
  ResultsFile.open(at, header, belonging).add(first.lines)
  const whole = readFileSync(path).byteLength
  ResultsFile.open(at, header, belonging).add(second.lines)
  const content = readFileSync(path)
  for (let cut = 0; cut < content.byteLength; cut += 37) {
    const copy = join(at, `cut-${cut}`)
    mkdirSync(copy)
    cpSync(path, join(copy, 'results.jsonl'))
    truncateSync(join(copy, 'results.jsonl'), cut)
    const file = ResultsFile.open(copy, header, belonging)
    expect(file.runs.map(jobName)).toEqual(cut < whole ? [] : [jobName(first)])
    file.add(second.lines)
    expect(readResults(copy, belonging).runs.at(-1)).toEqual(second)
  }
})

test('results of another study are refused with both digests, and stay unchanged', () => {
  const at = folder()
  ResultsFile.open(at, header, belonging).add(run('ilr', 1, [0.5, 0.75]).lines)
  const before = readFileSync(join(at, 'results.jsonl'), 'utf8')
  for (const other of [
    { ...belonging, ofScenario: () => 'd2' },
    { ...belonging, ofRun: () => 'xyz' },
    { ...belonging, ofRun: () => null },
  ])
    for (const open of [() => ResultsFile.open(at, header, other), () => readResults(at, other)])
      expect(failure(open).code).toBe('config')
  expect(failure(() => readResults(at, { ...belonging, ofScenario: () => 'd2' })).message).toMatch(
    /d1.*d2.*--out/,
  )
  expect(failure(() => readResults(at, { ...belonging, ofRun: () => 'xyz' })).message).toMatch(
    /duet\/ilr\/1.*abc.*xyz/,
  )
  expect(readFileSync(join(at, 'results.jsonl'), 'utf8')).toBe(before)
})

test('the stored results belong to the study: each finished arm has the digest of its own settings', () => {
  const digests = new StudyDigests(STUDY, process.cwd())
  const { runs } = readResults('study', digests)
  expect(runs.length).toBeGreaterThan(0)
  const { 'self-debate': _, ...fewer } = STUDY.arms
  expect(readResults('study', new StudyDigests({ ...STUDY, arms: fewer }, process.cwd())).runs).toEqual(runs)
})

test('a damaged line in the middle is named, not dropped', () => {
  const at = folder()
  const path = join(at, 'results.jsonl')
  ResultsFile.open(at, header, belonging)
  appendFileSync(
    path,
    `${JSON.stringify({ ...line({ scenario: 'duet', arm: 'ilr', seed: 1 }, 0.5), n: 'many' })}\n`,
  )
  expect(failure(() => readResults(at, belonging)).message).toContain('line 2')
  expect(failure(() => readResults(folder(), belonging)).message).toContain('no such file')
})

test('the digest of a run follows its settings and its models, not its token budgets', () => {
  const root = folder()
  const write = (source: string, file: string, content: string) => {
    mkdirSync(join(root, source, 'onnx'), { recursive: true })
    writeFileSync(join(root, source, file), content)
  }
  for (const source of ['models/ada', 'models/bo', 'models/dee', 'models/eli'])
    write(source, 'onnx/m', source)
  const job = { scenario: 'duet', arm: 'solo', seed: 1 }
  const of = (study: Study, other = job) => new StudyDigests(study, root).run(other)
  const own = of(STUDY)
  expect(of(STUDY)).toBe(own)
  const { duet } = STUDY.scenarios
  const changed = { ...STUDY, scenarios: { ...STUDY.scenarios, duet: { ...duet, settings: { steps: 25 } } } }
  const digests = [own, of(changed), of(STUDY, { ...job, arm: 'ilr' }), of(STUDY, { ...job, seed: 2 })]
  write('models/bo', 'README.md', 'a card')
  expect(of(STUDY)).toBe(own)
  write('models/bo', 'onnx/m', 'trained again')
  expect(new Set([...digests, of(STUDY)]).size).toBe(5)
  // A new arm leaves the others' results unchanged.
  const more = { ...STUDY, arms: { ...STUDY.arms, new: { ...STUDY.arms.solo } } }
  const [before, after] = [STUDY, more].map((study) => new StudyDigests(study, root))
  expect(after.ofScenario('duet')).toBe(before.ofScenario('duet'))
  const jobs = Object.keys(STUDY.arms).flatMap((arm) =>
    ['duet', 'halves'].map((scenario) => ({ scenario, arm, seed: 3 })),
  )
  expect(jobs.map((one) => after.ofRun(one))).toEqual(jobs.map((one) => before.ofRun(one)))
  expect(new Set(jobs.map((one) => before.ofRun(one))).size).toBe(jobs.length)
  expect([before.ofScenario('trio'), before.ofRun({ ...job, arm: 'new' })]).toEqual([null, null])
})

test('every run of the study has a valid configuration, and peers lack the stated skills', () => {
  for (const [scenario, { missing }] of Object.entries(STUDY.scenarios)) {
    for (const arm of Object.keys(STUDY.arms)) {
      const config = configOf(STUDY, { scenario, arm, seed: 3 })
      expect(config.seed).toBe(3)
      expect(withBudgets(config, { trainedTokens: 0, generatedTokens: 7 })).toMatchObject({
        trainedTokensBudget: 1,
        generatedTokensBudget: 7,
      })
    }
    for (const [peer, skills] of Object.entries(missing)) {
      const profile = PROFILES.find(({ id }) => id === peer)
      const lacks = (skill: string) => readingsOf(skill).some((reading) => profile?.missing.includes(reading))
      expect(profile?.task.skills.filter(lacks)).toEqual(expect.arrayContaining([...skills]))
      expect(profile?.task.skills.filter(lacks)).toHaveLength(skills.length)
    }
  }
})

test('a run’s events become its lines, with sums of its steps’ costs', () => {
  const scores = (step: number, tokens: number) => ({
    type: 'eval' as const,
    ...{ step, solo: { ada: 0.5 }, idea3: { ada: 0.75 }, skills: { ada: { cmp: 0.25 } }, n: 8 },
    ...{ trainedTokens: tokens, generatedTokens: 2 * tokens, seconds: step },
  })
  const step = (number: number, seconds: number, clipped: number): RunEvent => ({
    type: 'step',
    step: number,
    questions: [],
    metrics: {
      step_time: seconds,
      'ilr/seconds/fuse': seconds / 2,
      'ilr/tokens/fuse': 10,
      'ilr/trained_tokens': 50,
      'ilr/generated_tokens': 100,
      'ilr/calibration_clipped': clipped,
      'ilr/correct_fuse/ada': 0.5,
      'ilr/correct_fuse/bo': 1,
    },
  })
  const record = new RunRecord()
  const job = { scenario: 'duet', arm: 'ilr', seed: 1 }
  const events: RunEvent[] = [scores(0, 0), step(1, 2, 0.25), step(2, 4, 0.5)]
  for (const event of events) record.take(event)
  expect(record.lines(job, 'abc')).toBeNull()
  const open = { steps: 4, trainedTokensBudget: null, generatedTokensBudget: null }
  expect(record.fraction(open)).toBe(0.5)
  expect(record.fraction({ steps: 100, trainedTokensBudget: 400, generatedTokensBudget: 1000 })).toBe(0.2)
  record.take(scores(2, 100))
  record.take({ type: 'done', steps: 2, reason: 'steps', seconds: 9, digest: 'x' })
  const lines = record.lines(job, 'abc')
  expect(
    lines?.map(({ final, step, trainedTokens, config }) => [final, step, trainedTokens, config]),
  ).toEqual([
    [false, 0, 0, 'abc'],
    [true, 2, 100, 'abc'],
  ])
  expect(lines?.[1]).toMatchObject({
    end: 'steps',
    cost: { steps: 2, seconds: 6, stageSeconds: { fuse: 3 }, tokens: { fuse: 20 } },
    series: {
      'ilr/calibration_clipped': [0.25, 0.5],
      'ilr/correct_fuse': [0.75, 0.75],
      'ilr/cooperation_share': [null, null],
    },
  })
  const file = ResultsFile.open(folder(), header, belonging)
  expect(() => file.add(lines ?? [])).not.toThrow()
})
