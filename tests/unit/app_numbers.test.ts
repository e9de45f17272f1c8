import { describe, expect, test } from 'vitest'
import {
  accuracyCurves,
  apart,
  calibrationCurves,
  firstAndLast,
  interactionCurves,
  type Line,
  measuresOf,
  rewardCurves,
  ticks,
  verticalRange,
} from '../../src/app/charts/curves'
import { compact, fixed, percent, signed } from '../../src/app/format'
import { metricRows, reasonFor } from '../../src/app/measures/metrics_panel'
import { latestTest } from '../../src/app/measures/skills'
import { progressOf } from '../../src/app/progress'
import { type EvalEvent, initialState, reduce, type StepEvent } from '../../src/app/state'
import { presetConfig } from '../../src/config/presets'

const peers = ['ada', 'bo']
const step = (n: number, metrics: Record<string, number>): StepEvent => ({
  type: 'step',
  step: n,
  metrics,
  questions: [],
})

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
  ])('case %#: %s', (found, wanted) => expect(found).toBe(wanted))
})

const evaluation = (step: number, ada: number, bo: number): EvalEvent => ({
  type: 'eval',
  step,
  solo: { ada, bo },
  skills: {},
  n: 100,
  trainedTokens: 0,
  generatedTokens: 0,
  seconds: 0,
})

describe('numbers that look wrong', () => {
  const once = { numIterations: 1, beta: 0 }
  const loss = (metrics: Record<string, number>, config = once) =>
    reasonFor('loss', metrics, config)?.question

  test('a loss near 0 is explained only where it is expected', () => {
    const some = { frac_reward_zero_std: 0.5 }
    expect(loss({ ...some, loss: -0.07 })).toBe('Why so close to 0?')
    expect(loss({ ...some, loss: 0.4 })).toBeUndefined()
    expect(loss({ ...some, loss: Number.NaN })).toBeUndefined()
    expect(loss({ ...some, loss: 0.01 }, { numIterations: 2, beta: 0 })).toBeUndefined()
    expect(loss({ ...some, loss: 0.01 }, { numIterations: 1, beta: 0.04 })).toBeUndefined()
    expect(loss(some)).toBeUndefined()
  })

  test('a loss of 0 without any group to learn from has another reason', () => {
    expect(loss({ loss: 0, frac_reward_zero_std: 1 }, { numIterations: 2, beta: 0 })).toBe('Why 0?')
  })

  test('groups of equal rewards are explained once they occur', () => {
    const groups = (share: number) => reasonFor('frac_reward_zero_std', { frac_reward_zero_std: share }, once)
    expect(groups(0)).toBeNull()
    expect(groups(0.25)?.answer).toMatch(/^In 25 % of the groups every answer earned the same\./)
    expect(groups(1)?.answer).toMatch(/^In all of the groups/)
    expect(reasonFor('reward', { reward: 0 }, once)).toBeNull()
    expect(reasonFor('toString', {}, once)).toBeNull()
  })
})

describe('curves', () => {
  test('accuracy is in percent, alone or after a discussion, with gaps between measurements', () => {
    const evals = [{ ...evaluation(0, 0.5, 0.4), idea3: { ada: 0.7 } }, evaluation(20, 0.75, 0.6)]
    const { x, lines } = accuracyCurves(evals, 'solo', peers)
    expect(x).toEqual([0, 20])
    const parts = ({ label, colour, stroke, values }: Line) => [label, colour, stroke, values]
    expect(lines.map(parts)).toEqual([
      ['ada', '--peer-1', 'solid', [50, 75]],
      ['bo', '--peer-2', 'solid', [40, 60]],
    ])
    const discussed = accuracyCurves(evals, 'idea3', peers).lines
    expect(discussed.map(({ values }) => values)).toEqual([
      // The second test has no discussions. The line has no gap there, but continues to the next test with
      // discussions.
      [70, undefined],
      [null, undefined],
    ])
    expect(firstAndLast(lines[0])).toEqual({ first: 50, last: 75 })
    expect(firstAndLast(discussed[1])).toBeNull()
  })

  test('two lines of one value are drawn side by side, also at both ends of the axis', () => {
    const curves = accuracyCurves(
      [evaluation(0, 0, 0), evaluation(8, 0.5, 0.25), evaluation(16, 1, 1)],
      'solo',
      peers,
    )
    const [ada, bo] = apart(curves.lines, 'percent')
    const [low, high] = verticalRange(curves, 'percent')
    expect(ada).toEqual([0, 50, 100])
    // A line is about 1.6 % of the axis wide.
    expect(bo).toEqual([1.6, 25, 101.6])
    expect(low).toBeLessThan(0)
    expect(high).toBeGreaterThanOrEqual(101.6)
    expect(high).toBeLessThan(104)
    const beyond = { x: [1], lines: [{ ...curves.lines[0], values: [1.3] }] }
    expect(verticalRange(beyond, 'share').map((end) => end.toFixed(3))).toEqual(['-0.016', '1.416'])
  })

  test('an axis has round numbers, and whole numbers for steps', () => {
    expect(ticks([-1.6, 101.6], 8, 'percent')).toEqual([0, 20, 40, 60, 80, 100])
    expect(ticks([-0.016, 1.016], 8, 'share')).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(ticks([-1.2, 1.4], 8, 'share')).toEqual([-1.2, -0.8, -0.4, 0, 0.4, 0.8, 1.2])
    expect(ticks([0, 3], 8)).toEqual([0, 1, 2, 3])
    expect(ticks([0, 20], 8)).toEqual([0, 5, 10, 15, 20])
    expect(ticks([7, 9], 8)).toEqual([7, 8, 9])
    expect(ticks([0, 3000], 8)).toEqual([0, 500, 1000, 1500, 2000, 2500, 3000])
  })

  test('four peers have four colours', () => {
    const { lines } = accuracyCurves([], 'solo', ['ada', 'bo', 'cy', 'di'])
    expect(new Set(lines.map(({ colour }) => colour)).size).toBe(4)
  })

  test('a peer without rewards has no line', () => {
    const steps = [1, 2].map((n) => step(n, { reward: 0.5, 'reward/ada': 0.6 }))
    expect(rewardCurves(steps, peers).lines.map(({ label }) => label)).toEqual(['ada', 'mean'])
    expect(rewardCurves([], peers).lines).toHaveLength(3)
  })

  test('cooperation, disagreement and calibration over the steps; a step without discussions is a gap', () => {
    const steps = [
      step(1, { 'ilr/cooperation_share': 0.25, 'ilr/mode_disagreement': 0.5, 'ilr/calibration_shift': 0.1 }),
      step(2, { 'ilr/mode_disagreement': 0, 'ilr/calibration_shift': 0.2, 'ilr/calibration_clipped': 0.3 }),
    ]
    const shown = (curves: typeof interactionCurves) =>
      curves(steps).lines.map(({ label, values }) => [label, values])
    expect(shown(interactionCurves)).toEqual([
      ['help each other', [0.25, null]],
      ['disagreed on', [0.5, 0]],
    ])
    expect(shown(calibrationCurves)).toEqual([
      ['shift', [0.1, 0.2]],
      ['clipped', [null, 0.3]],
    ])
  })
})

test('other measures of a test: per peer, the mean over skills for samples, one number for a vote', () => {
  const sampled = { ada: { x: 0.25, y: 0.75 }, bo: { x: 1 } }
  const latest = { ...evaluation(0, 0.5, 0.4), sampled, vote: 0.75, ood: { ada: 0.125 } }
  expect(measuresOf(latest, peers)).toEqual([
    { name: 'sampled, alone', perPeer: [0.5, 1] },
    { name: 'vote of all', perPeer: null, all: 0.75 },
    { name: 'harder questions', perPeer: [0.125, undefined] },
  ])
  expect(measuresOf(evaluation(0, 0.5, 0.4), peers)).toEqual([])
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

test('metrics of an adapter that writes only discussions are explained like those of any other', () => {
  const metrics = { 'ilr/discussion/grad_norm/ada': 0.5, 'ilr/discussion/trained_tokens/ada': 9 }
  expect(metricRows(metrics, peers).map(({ name, meaning }) => [name, meaning])).toEqual([
    [
      'ilr/discussion/grad_norm',
      'size of the gradient, before clipping, of the adapter that writes discussions',
    ],
    ['ilr/discussion/trained_tokens', 'tokens learned from, of the adapter that writes discussions'],
  ])
})

test('progress covers the whole run and the current work', () => {
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

test('a stored run says where it was saved; a stopped run says that it was stopped', () => {
  const config = presetConfig('halves')
  const opened = reduce(initialState, { type: 'opened', config, history: [step(3, {})] })
  expect(progressOf(opened)).toMatchObject({
    headline: 'Your run of halves was saved at step 3 of 20',
    detail: 'saved at step 3',
    overall: 3 / 20,
  })
  const begun = [
    { type: 'determinism', determinism: 'exact' } as const,
    step(3, {}),
    { type: 'ended' } as const,
  ]
  const stopped = begun.reduce(reduce, reduce(initialState, { type: 'starting', config, history: [] }))
  expect(progressOf(stopped).headline).toBe('Stopped: 3 of 20 steps')
})

test('a pinned step shows the skills of the latest test up to it', () => {
  const tests = [evaluation(0, 0.5, 0.4), evaluation(8, 0.6, 0.5), evaluation(16, 0.7, 0.6)]
  const at = (step: number | null) => latestTest(tests, step)?.step
  expect([at(null), at(1), at(7), at(8), at(15), at(40)]).toEqual([16, 0, 0, 8, 8, 16])
  expect(latestTest([], 3)).toBeUndefined()
})
