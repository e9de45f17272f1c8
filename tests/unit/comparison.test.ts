import { describe, expect, test } from 'vitest'
import { accuracyCurves, besideOf, rewardCurves } from '../../src/app/charts/curves'
import { comparedRun } from '../../src/app/comparison/compared_run'
import { runTitle } from '../../src/app/runs/run_title'
import { settingLabel, settingText } from '../../src/app/settings/settings'
import type { EvalEvent, StepEvent } from '../../src/app/state'
import { comparedGains, differingSettings, isSameRun } from '../../src/runs/comparison'
import { runConfigSchema } from '../../src/runs/config'
import { presetConfig, SINGLE_AGENT } from '../../src/runs/presets'

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
  test('are those, in the schema’s order, whichever run comes first', () => {
    const other = presetConfig('duet', { learningRate: 5e-4, seed: 8, trainStages: ['fuse'] })
    expect(differingSettings(duet, other)).toEqual(['seed', 'learningRate', 'trainStages'])
    expect(differingSettings(other, duet)).toEqual(['seed', 'learningRate', 'trainStages'])
    expect(differingSettings(duet, trio)).toEqual(['preset', 'peers'])
  })

  test('there are none between a run and itself, however it was read', () => {
    expect(isSameRun(duet, runConfigSchema.parse(JSON.parse(JSON.stringify(duet))))).toBe(true)
    expect(isSameRun(duet, { ...duet, ...SINGLE_AGENT })).toBe(false)
  })

  test('a peer that thinks is another one', () => {
    const [ada, bo] = duet.peers
    expect(differingSettings(duet, { ...duet, peers: [ada, { ...bo, thinking: true }] })).toEqual(['peers'])
  })

  test.each([
    ['calibration', true, 'on'],
    ['calibration', false, 'off'],
    ['questionFile', null, 'none'],
    ['discussGenerations', null, 'all'],
    ['discussGenerations', 4, '4'],
    ['learningRate', 0.001, '0.001'],
    ['method', 'ilr', 'ilr'],
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

  test('have the form’s labels where it has some', () => {
    expect(['method', 'peers', 'warmupSteps'].map((name) => settingLabel(name as never))).toEqual([
      'Method',
      'Peers',
      null,
    ])
  })
})

describe('what two runs came to', () => {
  const one = {
    config: duet,
    evals: [tested(0, { ada: 0.5, bo: 0.3 }), tested(8, { ada: 0.75, bo: 0.25 })],
  }

  test('peer by peer and on average, and how far the one is ahead', () => {
    const other = {
      config: duet,
      evals: [tested(0, { ada: 0.5, bo: 0.3 }), tested(9, {}), tested(10, { ada: 0.5, bo: 0.5 })],
    }
    expect(comparedGains(one, other)).toEqual([
      {
        peer: 'ada',
        one: { before: 0.5, after: 0.75 },
        other: { before: 0.5, after: 0.5 },
        ahead: 0.25,
      },
      { peer: 'bo', one: { before: 0.3, after: 0.25 }, other: { before: 0.3, after: 0.5 }, ahead: -0.25 },
      { peer: null, one: { before: 0.4, after: 0.5 }, other: { before: 0.4, after: 0.5 }, ahead: 0 },
    ])
  })

  test('other peers: each run has gains of its own only, and a mean over its own', () => {
    const other = {
      config: trio,
      evals: [tested(0, { ada: 0.1, bo: 0.2, cy: 0.6 }), tested(8, { ada: 0.4, bo: 0.2, cy: 0.9 })],
    }
    const gains = comparedGains(one, other)
    expect(gains.map(({ peer }) => peer)).toEqual(['ada', 'bo', 'cy', null])
    expect(gains[2]).toEqual({ peer: 'cy', one: null, other: { before: 0.6, after: 0.9 }, ahead: null })
    expect(gains[3].other).toEqual({ before: expect.closeTo(0.3), after: expect.closeTo(0.5) })
    expect(gains[3].ahead).toBeCloseTo(0)
  })

  test('a run that was tested once, or never, is not ahead of anything yet', () => {
    const begun = { config: duet, evals: one.evals.slice(0, 1) }
    expect(comparedGains(begun, one)[0]).toEqual({
      peer: 'ada',
      one: { before: 0.5, after: null },
      other: { before: 0.5, after: 0.75 },
      ahead: null,
    })
    expect(comparedGains({ config: duet, evals: [] }, one)[0].one).toBeNull()
  })
})

describe('curves beside each other', () => {
  const evals = [tested(0, { ada: 0.5 }), tested(8, { ada: 0.6 })]
  const others = [tested(0, { ada: 0.5, cy: 0.2 }), tested(5, { ada: 0.7 })]

  test('have the steps of both; a line is drawn past those that are the other’s, and its own gaps stay', () => {
    const { x, lines } = besideOf(
      accuracyCurves(evals, ['ada'], false),
      accuracyCurves(others, ['ada', 'cy'], false, ['ada', 'cy']),
    )
    expect(x).toEqual([0, 5, 8])
    expect(lines).toEqual([
      { label: 'ada', colour: '--peer-1', stroke: 'solid', values: [50, undefined, 60] },
      { label: 'other: ada', colour: '--peer-1', stroke: 'dotted', values: [50, 70, undefined] },
      { label: 'other: cy', colour: '--peer-2', stroke: 'dotted', values: [20, null, undefined] },
    ])
  })

  test('a peer has the colour of its place among all', () => {
    const all = ['dee', 'eli', 'ada']
    expect(accuracyCurves(others, ['ada'], false, all).lines[0].colour).toBe('--peer-3')
  })

  test('one run that has no curves yet leaves the other’s as they are', () => {
    const reward = (step: number): StepEvent => ({
      type: 'step',
      step,
      metrics: { reward: step / 10 },
      questions: [],
    })
    const { x, lines } = besideOf(rewardCurves([], ['ada']), rewardCurves([1, 2].map(reward), []))
    expect(x).toEqual([1, 2])
    expect(lines.map(({ label, values }) => [label, values])).toEqual([
      ['ada', [undefined, undefined]],
      ['mean', [undefined, undefined]],
      ['other: mean', [0.1, 0.2]],
    ])
  })
})

describe('a kept run beside another one', () => {
  test('is read like the one in view: of a step told twice, the last counts', () => {
    const events = [tested(0, { ada: 0.1 }), tested(4, { ada: 0.2 }), tested(4, { ada: 0.9 })]
    const run = comparedRun('mine', duet, events)
    expect(run.evals.map(({ step, solo }) => [step, solo.ada])).toEqual([
      [0, 0.1],
      [4, 0.9],
    ])
    expect([run.title, run.config, run.steps]).toEqual(['mine', duet, []])
  })

  test('is called by its name, or by what it does', () => {
    const solo = presetConfig('duet', { ...SINGLE_AGENT, seed: 3 })
    expect(runTitle({ name: '', config: solo })).toBe('duet, seed 3, solo')
    expect(runTitle({ name: '', config: duet })).toBe('duet, seed 7')
    expect(runTitle({ name: 'Monday', config: duet })).toBe('Monday')
  })
})
