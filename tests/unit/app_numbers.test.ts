import { describe, expect, test } from 'vitest'
import { accuracyCurves, firstAndLast, rewardCurves } from '../../src/app/curves'
import { compact, duration, fixed, percent, signed } from '../../src/app/format'
import { metricRows } from '../../src/app/metric_rows'
import { progressOf } from '../../src/app/progress'
import { configOf, NUMBER_SETTINGS, settingsOf } from '../../src/app/settings'
import { type EvalEvent, initialState, type StepEvent } from '../../src/app/state'
import { runConfigSchema } from '../../src/runs/config'
import { presetConfig } from '../../src/runs/presets'

const peers = ['ada', 'bo']

describe('numbers as people read them', () => {
  test.each([
    [percent(0.614), '61 %'],
    [percent(undefined), '–'],
    [fixed(-0.004), '0.00'],
    [fixed(-1.5, 1), '−1.5'],
    [fixed(Number.NaN), '–'],
    [signed(0.731), '+0.73'],
    [signed(-0.731), '−0.73'],
    [signed(-0.001), '0.00'],
    [compact(1_386_780), '1,386,780'],
    [compact(0.00000021), '2.10e−7'],
    [compact(-0.01234567), '−0.01235'],
    [compact(Number.NaN), 'NaN'],
    [compact(Number.NEGATIVE_INFINITY), '−∞'],
    [duration(59.6), '1 min 0 s'],
    [duration(212.4), '3 min 32 s'],
  ])('%s', (found, wanted) => expect(found).toBe(wanted))
})

describe('curves', () => {
  const evaluation = (step: number, ada: number, bo: number): EvalEvent => ({
    type: 'eval',
    step,
    solo: { ada, bo },
    idea3: { ada: 0.7 },
    skills: {},
    n: 100,
  })

  test('accuracy is in percent, alone and discussing, with gaps where nothing was measured', () => {
    const { x, lines } = accuracyCurves([evaluation(0, 0.5, 0.4), evaluation(20, 0.75, 0.6)], peers)
    expect(x).toEqual([0, 20])
    expect(lines.map(({ label, peer, dashed, values }) => [label, peer, dashed, values])).toEqual([
      ['ada alone', 0, false, [50, 75]],
      ['bo alone', 1, false, [40, 60]],
      ['ada discussing', 0, true, [70, 70]],
      ['bo discussing', 1, true, [null, null]],
    ])
    expect(firstAndLast(lines[0])).toEqual({ first: 50, last: 75 })
    expect(firstAndLast(lines[3])).toBeNull()
  })

  test('a peer whose reward is never said has no line', () => {
    const step = (n: number): StepEvent => ({
      type: 'step',
      step: n,
      metrics: { reward: 0.5, 'reward/ada': 0.6 },
    })
    expect(rewardCurves([step(1), step(2)], peers).lines.map(({ label }) => label)).toEqual(['ada', 'mean'])
    expect(rewardCurves([], peers).lines).toHaveLength(3)
  })
})

test('metrics: one row per name, peers in columns, known names first', () => {
  const rows = metricRows(
    { zebra: 1, loss: -0.1, 'reward/bo': 0.4, reward: 0.5, 'ilr/ability/ada': 0.6 },
    peers,
  )
  expect(rows.map(({ name, all, perPeer }) => [name, all, perPeer])).toEqual([
    ['reward', 0.5, [undefined, 0.4]],
    ['loss', -0.1, [undefined, undefined]],
    ['ilr/ability', undefined, [0.6, undefined]],
    ['zebra', 1, [undefined, undefined]],
  ])
  expect(rows.map(({ meaning }) => meaning !== '')).toEqual([true, true, true, false])
})

describe('settings', () => {
  const preset = { name: 'duet', title: '', config: presetConfig('duet') }
  const typed = (name: (typeof NUMBER_SETTINGS)[number]['name'], value: string) => {
    const settings = settingsOf(preset.config)
    return configOf({ ...settings, numbers: { ...settings.numbers, [name]: value } }, preset)
  }

  test('untouched, they are the preset', () => {
    expect(configOf(settingsOf(preset.config), preset)).toEqual(preset.config)
  })

  test('what is typed reaches the configuration', () => {
    expect(typed('steps', ' 3 ').steps).toBe(3)
    expect(typed('learningRate', '1e-3').learningRate).toBe(0.001)
  })

  test.each(['-3', '1.5', 'seven', ''])('a wrong seed (%s) is an error that names it', (value) => {
    expect(() => typed('seed', value)).toThrow(/^seed: /)
  })

  test('every number offered is a field of the run configuration', () => {
    for (const { name } of NUMBER_SETTINGS) expect(Object.keys(runConfigSchema.shape)).toContain(name)
  })
})

test('progress: the whole run and the present work', () => {
  const config = presetConfig('duet', { steps: 4 })
  const state = {
    ...initialState,
    config,
    status: 'running' as const,
    step: 1,
    progress: { type: 'progress', phase: 'fuse', step: 2, peer: 'bo', done: 16, total: 64 } as const,
  }
  expect(progressOf(state)).toEqual({
    headline: 'Learning: 1 of 4 steps',
    detail: 'bo: fusing answers, 16 of 64',
    overall: 0.25,
    part: 0.25,
  })
  expect(progressOf({ ...state, progress: { ...state.progress, total: 0 } }).part).toBe(0)
})
