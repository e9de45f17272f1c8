import { describe, expect, it, test } from 'vitest'
import { parseRunConfig } from '../../src/config/config'
import { differences, PRESETS, presetConfig } from '../../src/config/presets'
import { PROFILES } from '../../src/pretrain/profiles'
import { failure } from '../failure'

test('every preset is a valid configuration under its own name', () => {
  for (const name of Object.keys(PRESETS)) expect(presetConfig(name).preset).toBe(name)
})

test('overrides win over the preset, the preset over the defaults', () => {
  const config = presetConfig('duet', { seed: 11, steps: 3 })
  expect([config.seed, config.steps]).toEqual([11, 3])
  expect(config.peers.map((peer) => peer.source)).toEqual(['models/ada', 'models/bo'])
})

test('an unknown preset lists the known ones, inherited names included', () => {
  for (const name of ['duo', 'toString', '']) {
    const error = failure(() => presetConfig(name))
    expect(error.code).toBe('config')
    expect(error.message).toContain(JSON.stringify(name))
    expect(error.message).toContain('duet')
  }
})

test.each([
  ['steps', 0],
  ['steps', 1.5],
  ['seed', -1],
  ['numGenerations', 1],
  ['learningRate', Number.NaN],
  ['temperature', 0],
  ['backend', 'cuda'],
  ['trainStages', []],
  ['method', 'grpo'],
  ['lrSchedulerType', 'step'],
  ['numIterations', 0],
  ['cooperateProbability', 1.5],
  ['resampleZeroVariance', -1],
  ['discussGenerations', 1],
  ['trainedTokensBudget', 0],
  ['generatedTokensBudget', 2.5],
  ['earlyStoppingPatience', 0],
  ['evalMethods', ['idea3', 'guess']],
  ['questionFile', ''],
])('%s = %s is refused by name', (field, value) => {
  const error = failure(() => presetConfig('duet', { [field]: value }))
  expect(error.code).toBe('config')
  expect(error.detail.what.split('.')[0]).toBe(field)
  expect(error.detail.todo).toContain(field)
})

test('the message says what was found and what is wanted', () => {
  const sentence = (field: string, value: unknown) =>
    failure(() => presetConfig('duet', { [field]: value })).message
  expect(sentence('steps', 0)).toBe('steps: found 0, wanted at least 1. Change steps.')
  expect(sentence('learningRate', 0)).toBe('learningRate: found 0, wanted more than 0. Change learningRate.')
  expect(sentence('backend', 'cuda')).toBe(
    'backend: found "cuda", wanted one of: wasm, webgpu. Change backend.',
  )
})

test('a nested field is named by its path, an unknown field is refused', () => {
  const base = presetConfig('duet')
  expect(
    failure(() => parseRunConfig({ ...base, peers: [base.peers[0], { id: '', source: 'x' }] })).detail.what,
  ).toBe('peers.1.id')
  expect(failure(() => parseRunConfig({ ...base, stepz: 4 })).message).toContain('stepz')
  expect(failure(() => parseRunConfig(null)).code).toBe('config')
})

test('two peers may not share a name', () => {
  const base = presetConfig('duet')
  const error = failure(() => parseRunConfig({ ...base, peers: [base.peers[0], base.peers[0]] }))
  expect(error.detail.what).toBe('peers')
  expect(error.message).toContain('ada')
})

/** A configuration that leaves every setting at its default. */
const withoutSettings = () => parseRunConfig({ preset: 'duet', peers: presetConfig('duet').peers })

test('optional settings accept null: no budget, no patience, every idea', () => {
  const off = {
    trainedTokensBudget: null,
    generatedTokensBudget: null,
    earlyStoppingPatience: null,
    discussGenerations: null,
    questionFile: null,
  }
  expect(presetConfig('duet', off)).toMatchObject(off)
  expect(withoutSettings()).toMatchObject(off)
})

test('the defaults are those of the method: dynamic, calibrated, graded, all discussed', () => {
  expect(withoutSettings()).toMatchObject({
    method: 'ilr',
    interaction: 'dynamic',
    difficultyJudge: 'confidence',
    calibration: true,
    reward: 'graded',
    discuss: 'all',
    numIterations: 1,
    lrSchedulerType: 'constant',
    resampleZeroVariance: 0,
    loadBestModelAtEnd: false,
    evalMethods: ['idea3'],
  })
})

test('the embedded peers of a preset are those of its task', () => {
  for (const name of Object.keys(PRESETS)) {
    const { peers, task } = presetConfig(name)
    for (const { id, source } of peers) {
      if (source.startsWith('hub:')) continue
      expect(source).toBe(`models/${id}`)
      expect(PROFILES.find((profile) => profile.id === id)?.task.name).toBe(task)
    }
  }
})

test('a configuration without evalMethodsEvery keeps its text, id and digest', () => {
  const { evalMethodsEvery, ...older } = presetConfig('duet')
  expect(evalMethodsEvery).toBe(4)
  for (const same of [older, { ...older, evalMethodsEvery: 1 }])
    expect(JSON.stringify(parseRunConfig(same))).toBe(JSON.stringify(older))
  // A setting that a configuration leaves out still counts, so the link to it names it.
  expect(differences(parseRunConfig(older))).toEqual([['evalMethodsEvery', 1]])
})

test('a configuration without maxCompletionLength keeps its text, id and digest', () => {
  const older = presetConfig('duet')
  for (const same of [older, { ...older, maxCompletionLength: null }])
    expect(JSON.stringify(parseRunConfig(same))).toBe(JSON.stringify(older))
  const longer = parseRunConfig({ ...older, maxCompletionLength: 300 })
  expect(longer.maxCompletionLength).toBe(300)
  expect(differences(longer)).toEqual([['maxCompletionLength', 300]])
  // A preset's number can be switched off, and a link to such a run says so.
  const unset = parseRunConfig({ ...presetConfig('gsm8k'), maxCompletionLength: null })
  expect(differences(unset)).toEqual([['maxCompletionLength', null]])
  expect(() => parseRunConfig({ ...older, maxCompletionLength: 0 })).toThrow(
    'maxCompletionLength: found 0, wanted at least 1',
  )
})

test('a shared discussion adapter is left out; the adapter of discussions has a name that no peer may have', () => {
  const duet = presetConfig('duet')
  expect(JSON.stringify(parseRunConfig({ ...duet, discussionAdapter: 'shared' }))).toBe(JSON.stringify(duet))
  expect(presetConfig('duet', { discussionAdapter: 'base' }).discussionAdapter).toBe('base')
  const named = (ids: readonly string[]) => () =>
    presetConfig('duet', { peers: ids.map((id) => ({ id, source: 'models/ada' })) })
  expect(named(['ada', 'ada/discussion'])).toThrow(/different name/)
  expect(named(['ada', 'discussion'])).not.toThrow()
})

describe('a peer that thinks', () => {
  const peers = [
    { id: 'a', source: 'hub:x/y' },
    { id: 'b', source: 'hub:x/y' },
  ]
  it('has the key; one that does not think has no key and the same digest as before', () => {
    const thinking = [peers[0], { ...peers[1], thinking: true as const }]
    expect(presetConfig('duet', { peers: thinking }).peers).toEqual(thinking)
    expect(JSON.stringify(presetConfig('duet', { peers }).peers)).toBe(JSON.stringify(peers))
  })
  it('differs from one that does not', () => {
    const wrong = [peers[0], { ...peers[1], thinking: false }]
    expect(() => parseRunConfig({ preset: 'x', peers: wrong })).toThrow(
      'peers.1.thinking: found false, wanted true',
    )
  })
})
