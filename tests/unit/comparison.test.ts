import { describe, expect, test } from 'vitest'
import { accuracyCurves, besideOf, isSameReward, rewardCurves } from '../../src/app/charts/curves'
import { comparedRun, gainRows, verdictOf } from '../../src/app/comparison/verdict'
import { isSingleAgentOf } from '../../src/app/lesson/facts'
import { runTitle } from '../../src/app/runs/use_kept_runs'
import { settingLabel, settingText } from '../../src/app/settings/settings'
import type { EvalEvent, StepEvent } from '../../src/app/state'
import { comparedGains, differingSettings, isSameRun } from '../../src/config/comparison'
import { type RunConfig, runConfigSchema } from '../../src/config/config'
import { presetConfig, SINGLE_AGENT } from '../../src/config/presets'

const tested = (step: number, solo: Record<string, number>): EvalEvent => ({
  type: 'eval',
  step,
  solo,
  skills: {},
  n: 100,
  trainedTokens: 0,
  generatedTokens: 0,
  seconds: 0,
})
const duet = presetConfig('duet')
const trio = presetConfig('trio')

describe('settings that differ', () => {
  test('are listed in the schema’s order, for either order of runs', () => {
    const other = presetConfig('duet', { learningRate: 5e-4, seed: 8, trainStages: ['fuse'] })
    expect(differingSettings(duet, other)).toEqual(['seed', 'learningRate', 'trainStages'])
    expect(differingSettings(other, duet)).toEqual(['seed', 'learningRate', 'trainStages'])
    expect(differingSettings(duet, trio)).toEqual(['preset', 'peers'])
  })

  test('are none between a run and itself, however it was read', () => {
    expect(isSameRun(duet, runConfigSchema.parse(JSON.parse(JSON.stringify(duet))))).toBe(true)
    expect(isSameRun(duet, { ...duet, ...SINGLE_AGENT })).toBe(false)
  })

  test('include a peer’s thinking', () => {
    const [ada, bo] = duet.peers
    expect(differingSettings(duet, { ...duet, peers: [ada, { ...bo, thinking: true }] })).toEqual(['peers'])
  })

  test.each([
    ['calibration', true, 'on'],
    ['calibration', false, 'off'],
    ['questionFile', null, 'none'],
    ['discussGenerations', null, 'all'],
    ['discussGenerations', 4, '4'],
    ['maxCompletionLength', undefined, 'as the task says'],
    ['learningRate', 0.001, '0.001'],
    ['method', 'ilr', 'Discuss'],
    ['method', 'share-only', 'Copy right answers'],
    ['evalMethods', [], 'none'],
    ['trainStages', ['share', 'fuse'] as const, 'share, fuse'],
    [
      'peers',
      [{ id: 'a', source: 'models/a' }, { id: 'b', source: 'hub:x/y', dtype: 'q4', thinking: true } as const],
      'a (models/a), b (hub:x/y, q4, thinking)',
    ],
  ] as const)('%s of %j reads %s', (name, value, text) =>
    expect(settingText(name, value as never)).toBe(text),
  )

  test('have the form’s labels where there are any', () => {
    expect(['method', 'peers', 'warmupSteps'].map((name) => settingLabel(name as never))).toEqual([
      'Method',
      'Peers',
      null,
    ])
  })
})

describe('the results of two runs', () => {
  const one = {
    config: duet,
    evals: [tested(0, { ada: 0.5, bo: 0.3 }), tested(8, { ada: 0.75, bo: 0.25 })],
  }

  test('are compared per peer and on average', () => {
    const other = {
      config: duet,
      evals: [tested(0, { ada: 0.5, bo: 0.3 }), tested(9, {}), tested(10, { ada: 0.5, bo: 0.5 })],
    }
    expect(comparedGains(one, other)).toEqual([
      {
        peer: 'ada',
        one: { before: 0.5, after: 0.75 },
        other: { before: 0.5, after: 0.5 },
      },
      { peer: 'bo', one: { before: 0.3, after: 0.25 }, other: { before: 0.3, after: 0.5 } },
      { peer: null, one: { before: 0.4, after: 0.5 }, other: { before: 0.4, after: 0.5 } },
    ])
  })

  test('of different peers stay with their own run, and so does the mean', () => {
    const other = {
      config: trio,
      evals: [tested(0, { ada: 0.1, bo: 0.2, cy: 0.6 }), tested(8, { ada: 0.4, bo: 0.2, cy: 0.9 })],
    }
    const gains = comparedGains(one, other)
    expect(gains.map(({ peer }) => peer)).toEqual(['ada', 'bo', 'cy', null])
    expect(gains[2]).toEqual({ peer: 'cy', one: null, other: { before: 0.6, after: 0.9 } })
    expect(gains[3].other).toEqual({ before: expect.closeTo(0.3), after: expect.closeTo(0.5) })
  })

  test('of one run are written in words', () => {
    expect(gainRows(one)).toEqual([
      { peer: 'ada', gains: ['50\u00a0→ 75\u00a0%'] },
      { peer: 'bo', gains: ['30\u00a0→ 25\u00a0%'] },
      { peer: null, gains: ['40\u00a0→ 50\u00a0%'] },
    ])
  })

  test('of a run with fewer than two tests have no gain', () => {
    const begun = { config: duet, evals: one.evals.slice(0, 1) }
    expect(comparedGains(begun, one)[0]).toEqual({
      peer: 'ada',
      one: { before: 0.5, after: null },
      other: { before: 0.5, after: 0.75 },
    })
    expect(comparedGains({ config: duet, evals: [] }, one)[0].one).toBeNull()
  })
})

describe('the verdict on two runs', () => {
  const run = (changes: Partial<RunConfig>, before: number, after: number | null) => ({
    config: presetConfig('duet', changes),
    evals: [
      tested(0, { ada: before - 0.1, bo: before + 0.1 }),
      ...(after === null ? [] : [tested(8, { ada: after - 0.05, bo: after + 0.05 })]),
    ],
  })
  const discussed = run({}, 0.6, 0.91)
  const alone = run(SINGLE_AGENT, 0.6, 0.62)

  test('says what discussing adds, whichever run is in view', () => {
    const sentence = 'Discussing 60\u00a0→ 91\u00a0%, alone 60\u00a0→ 62\u00a0%: discussing adds +29 points.'
    const own = verdictOf(discussed, alone)
    const turned = verdictOf(alone, discussed)
    expect([own.sentence, turned.sentence]).toEqual([sentence, sentence])
    expect([own.swapped, turned.swapped]).toEqual([false, true])
    expect(own.names).toEqual(['Discuss (in view)', 'Practise alone'])
    expect(turned.names).toEqual(['Discuss', 'Practise alone (in view)'])
    expect(turned.rows).toEqual(own.rows)
    expect(own.rows.map(({ peer, ahead }) => [peer, ahead])).toEqual([
      ['ada', '+29'],
      ['bo', '+29'],
      [null, '+29'],
    ])
  })

  const copied = run({ method: 'share-only' }, 0.6, 0.96)
  const ending = (one: typeof alone, other: typeof alone) => verdictOf(one, other).sentence.split(': ').at(-1)
  test.each([
    ['a loss', run({}, 0.6, 0.5), alone, 'discussing costs 12 points.'],
    ['one point', run({}, 0.6, 0.63), alone, 'discussing adds +1 point.'],
    ['the same', run({}, 0.6, 0.62), alone, 'no difference.'],
    ['copying', copied, alone, 'copying adds +34 points.'],
    [
      'a debate with itself',
      run({ method: 'self-debate' }, 0.6, 0.7),
      alone,
      'self-debating adds +8 points.',
    ],
    [
      'is another peer needed',
      discussed,
      run({ method: 'self-debate' }, 0.6, 0.7),
      'discussing adds +21 points.',
    ],
    ['one method, two seeds', run({ seed: 8 }, 0.6, 0.7), discussed, 'the other is 21 points ahead.'],
    ['more than the method differs', run({ seed: 8 }, 0.6, 0.7), alone, 'discussing is 8 points ahead.'],
    ['no second test', run({}, 0.6, null), alone, 'Both need a second test before they compare.'],
    [
      'other questions',
      { ...discussed, config: presetConfig('halves') },
      alone,
      'They answer different questions, so their numbers do not compare.',
    ],
  ])('%s', (_, one, other, said) => {
    expect(ending(one, other)).toBe(said)
    // Two runs of one method are named “this one” and “the other”.
    if (one.config.method !== other.config.method) expect(ending(other, one)).toBe(said)
  })
})

test('only a run in which peers discuss is one whose repetition alone is “without discussion”', () => {
  const compared = (method: RunConfig['method']) =>
    isSingleAgentOf(
      { config: presetConfig('duet', SINGLE_AGENT) },
      { title: '', config: presetConfig('duet', { method }), evals: [], steps: [] },
    )
  expect([compared('ilr'), compared('self-debate'), compared('share-only')]).toEqual([true, false, false])
})

describe('curves beside each other', () => {
  const evals = [tested(0, { ada: 0.5 }), tested(8, { ada: 0.6 })]
  const others = [tested(0, { ada: 0.5, cy: 0.2 }), tested(5, { ada: 0.7 })]

  test('have the steps of both; a line spans the other’s steps and keeps its own gaps', () => {
    const { x, lines } = besideOf(
      accuracyCurves(evals, 'solo', ['ada']),
      accuracyCurves(others, 'solo', ['ada', 'cy'], ['ada', 'cy']),
      'alone',
    )
    expect(x).toEqual([0, 5, 8])
    expect(lines).toEqual([
      { label: 'ada', colour: '--peer-1', stroke: 'solid', values: [50, undefined, 60] },
      { label: 'ada, alone', colour: '--peer-1', stroke: 'dotted', values: [50, 70, undefined] },
      { label: 'cy, alone', colour: '--peer-2', stroke: 'dotted', values: [20, null, undefined] },
    ])
  })

  test('give a peer the colour of its place among all', () => {
    const all = ['dee', 'eli', 'ada']
    expect(accuracyCurves(others, 'solo', ['ada'], all).lines[0].colour).toBe('--peer-3')
  })

  test('do not compare solo rewards with those of a discussion', () => {
    const duet = presetConfig('duet')
    expect(isSameReward(duet, { ...duet, seed: 9, steps: 3 })).toBe(true)
    expect(isSameReward(duet, { ...duet, ...SINGLE_AGENT })).toBe(false)
    expect(isSameReward({ ...duet, ...SINGLE_AGENT }, { ...duet, method: 'share-only' })).toBe(true)
    expect(isSameReward(duet, { ...duet, trainStages: ['share'] })).toBe(false)
  })

  test('leave a run unchanged while the other has no curves', () => {
    const reward = (step: number): StepEvent => ({
      type: 'step',
      step,
      metrics: { reward: step / 10 },
      questions: [],
    })
    const { x, lines } = besideOf(
      rewardCurves([], ['ada']),
      rewardCurves([1, 2].map(reward), []),
      'the other',
    )
    expect(x).toEqual([1, 2])
    expect(lines.map(({ label, values }) => [label, values])).toEqual([
      ['ada', [undefined, undefined]],
      ['mean', [undefined, undefined]],
      ['mean, the other', [0.1, 0.2]],
    ])
  })
})

describe('a kept run beside another one', () => {
  test('is read like the one in view: a repeated step counts once, with its last value', () => {
    const events = [tested(0, { ada: 0.1 }), tested(4, { ada: 0.2 }), tested(4, { ada: 0.9 })]
    const run = comparedRun('mine', duet, events)
    expect(run.evals.map(({ step, solo }) => [step, solo.ada])).toEqual([
      [0, 0.1],
      [4, 0.9],
    ])
    expect([run.title, run.config, run.steps]).toEqual(['mine', duet, []])
  })

  test('is called by its name, or by its settings', () => {
    const solo = presetConfig('duet', { ...SINGLE_AGENT, seed: 3 })
    expect(runTitle({ name: '', config: solo })).toBe('duet, seed 3, practise alone')
    expect(runTitle({ name: '', config: duet })).toBe('duet, seed 7')
    expect(runTitle({ name: 'Monday', config: duet })).toBe('Monday')
  })
})
