import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import type { RunEvent } from '../../src/ilr/events'
import { splitOfPrompt } from './ilr_digits'
import { mean, rewardOf, sum } from './ilr_expected'
import { eventsOf, ofType, type Script, type ScriptedPeer, scriptedRun, tinyConfig } from './ilr_scripted'

async function ran(settings: Partial<RunConfig>, script: Script = {}) {
  const whole = scriptedRun(tinyConfig({ evalMethods: [], ...settings }), script)
  return { ...whole, events: await eventsOf(whole.run) }
}
/** Counts tokens of both kinds after each step, from the peers' calls. */
function spent(events: readonly RunEvent[], peers: readonly ScriptedPeer[]) {
  const steps = ofType(events, 'step').length
  const upTo = (perStep: readonly number[]) => perStep.map((_, n) => sum(perStep.slice(0, n + 1)))
  const trained = Array.from({ length: steps }, (_, n) =>
    sum(peers.flatMap(({ updates }) => updates[n].sequences.map(({ ids }) => ids.length))),
  )
  // Three calls a step: one of each stage.
  const generated = Array.from({ length: steps }, (_, n) =>
    sum(
      peers.flatMap((peer) =>
        peer.generated
          .filter(({ request }) => splitOfPrompt(request.samples[0].prompt) === 'train')
          .slice(3 * n, 3 * n + 3)
          .flatMap(({ completions }) => completions.map(({ ids }) => ids.length)),
      ),
    ),
  )
  // These runs measure ability once, before the first step.
  const ability = measuringTokens(peers)
  return { trained: upTo(trained), generated: upTo(generated).map((tokens) => ability + tokens) }
}
function measuringTokens(peers: readonly ScriptedPeer[]): number {
  const answers = peers.flatMap(({ generated }) =>
    generated.filter(({ request }) => splitOfPrompt(request.samples[0].prompt) === 'validation'),
  )
  return sum(answers.flatMap(({ completions }) => completions.map(({ ids }) => ids.length)))
}
const crossing = (totals: readonly number[], budget: number) =>
  1 + totals.findIndex((total) => total >= budget)

describe('token budgets', () => {
  const long = { steps: 100, evalEvery: 1000, refreshAbilityEvery: 1000, checkpointEvery: 1000 }

  it('end a run once all are used up, with an evaluation at each', async () => {
    const budgets = { trainedTokensBudget: 700, generatedTokensBudget: 1800 }
    const { events, peers, saved } = await ran({ ...long, ...budgets })
    const { trained, generated } = spent(events, peers)
    const [first, last] = [
      crossing(trained, budgets.trainedTokensBudget),
      crossing(generated, budgets.generatedTokensBudget),
    ].sort((a, b) => a - b)
    expect(first).toBeGreaterThan(1)
    expect(first).toBeLessThan(last)
    expect(ofType(events, 'eval').map(({ step }) => step)).toEqual([0, first, last])
    expect(ofType(events, 'done')).toMatchObject([{ reason: 'budget', steps: last }])
    expect(trained).toHaveLength(last)
    expect(ofType(events, 'eval').at(-1)).toMatchObject({
      trainedTokens: trained.at(-1),
      generatedTokens: generated.at(-1),
    })
    expect(saved.map(({ step }) => step)).toEqual([1, last])
  })
  it('evaluate a run whose measurement of ability uses one up', async () => {
    const settings = { ...long, steps: 6, refreshAbilityEvery: 3, trainedTokensBudget: 1e6 }
    const { events, peers } = await ran(settings)
    const { metrics } = ofType(events, 'step')[2]
    expect(metrics).toHaveProperty(['ilr/generated_tokens'])
    const first = measuringTokens(peers) / 2
    const steps = sum(
      ofType(events, 'step')
        .slice(0, 3)
        .map((one) => one.metrics['ilr/generated_tokens']),
    )
    // The third step does not reach this budget, but the measurement after it does.
    const budget = Math.round(first + steps) + 1
    const again = await ran({ ...settings, generatedTokensBudget: budget })
    expect(ofType(again.events, 'eval').map(({ step }) => step)).toEqual([0, 3, 6])
  })
  it.each(['trainedTokensBudget', 'generatedTokensBudget'] as const)(
    'may be one alone (%s)',
    async (name) => {
      const { events, peers } = await ran({ ...long, [name]: 900 })
      const { trained, generated } = spent(events, peers)
      const end = crossing(name === 'trainedTokensBudget' ? trained : generated, 900)
      expect(ofType(events, 'done')).toMatchObject([{ reason: 'budget', steps: end }])
      expect(ofType(events, 'eval').map(({ step }) => step)).toEqual([0, end])
    },
  )
  it('are exact: a budget equal to the use is used up, one more is not', async () => {
    const { events, peers } = await ran({ ...long, steps: 3 })
    const { trained } = spent(events, peers)
    const ends = async (trainedTokensBudget: number) =>
      ofType((await ran({ ...long, steps: 3, trainedTokensBudget })).events, 'done')[0]
    expect(await ends(trained[1])).toMatchObject({ steps: 2, reason: 'budget' })
    expect(await ends(trained[1] + 1)).toMatchObject({ steps: 3, reason: 'budget' })
    expect(await ends(trained[2] + 1)).toMatchObject({ steps: 3, reason: 'steps' })
  })
  it('are evaluated together where the run continues to the end of its steps', async () => {
    const { events, peers } = await ran({
      ...long,
      steps: 6,
      trainedTokensBudget: 500,
      generatedTokensBudget: 1e6,
    })
    const at = crossing(spent(events, peers).trained, 500)
    expect(ofType(events, 'eval').map(({ step }) => step)).toEqual([0, at, 6])
    expect(ofType(events, 'done')).toMatchObject([{ reason: 'steps' }])
  })
})

/** Returns the validation accuracies [measurement][peer], from the greedy answers. */
function measured(peers: readonly ScriptedPeer[]): number[] {
  const accuracies = peers.map(({ generated }) =>
    generated
      .filter(
        ({ request }) =>
          request.temperature === 0 && splitOfPrompt(request.samples[0].prompt) === 'validation',
      )
      .map(({ request, completions }) =>
        mean(completions.map(({ text }, row) => Number(rewardOf(request.samples[row].prompt, text) === 1))),
      ),
  )
  return accuracies[0].map((_, n) => mean(accuracies.map((own) => own[n])))
}
/** Accuracy rises to step 3, falls, and rises a little again. */
const hill: Script = {
  course: (_, updates) => [0.2, 0.35, 0.6, 0.9, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.7][Math.min(updates, 10)],
  unreadable: 0,
}
const watched: Partial<RunConfig> = {
  steps: 10,
  refreshAbilityEvery: 1,
  evalEvery: 1,
  checkpointEvery: 1,
  abilityQuestions: 60,
  evalSize: 40,
}

describe('the best measurement', () => {
  it('is reported whenever validation accuracy rises above all before', async () => {
    const { events, peers } = await ran(watched, hill)
    // A measurement after the last step would have no use.
    const accuracies = measured(peers)
    expect(accuracies).toHaveLength(10)
    const expected = accuracies.flatMap((accuracy, step) =>
      accuracies.slice(0, step).every((before) => before < accuracy) ? [{ step, accuracy }] : [],
    )
    expect(expected.map(({ step }) => step)).toEqual([0, 1, 2, 3])
    const told = ofType(events, 'best')
    expect(told.map(({ step }) => step)).toEqual(expected.map(({ step }) => step))
    told.forEach(({ accuracy }, n) => {
      expect(accuracy).toBeCloseTo(expected[n].accuracy, 12)
    })
  })
  it('restores its adapters at the end on request, and is evaluated', async () => {
    const { events, peers, saved } = await ran({ ...watched, loadBestModelAtEnd: true }, hill)
    const best = saved.find(({ step }) => step === 3)
    expect(saved.at(-1)?.step).toBe(10)
    expect(saved.at(-1)?.adapters).toEqual(best?.adapters)
    expect(saved.at(-2)?.adapters).not.toEqual(best?.adapters)
    for (const peer of peers) expect(await peer.adapterState()).toEqual(best?.adapters[peer.id])
    const evals = ofType(events, 'eval')
    expect(evals.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10])
    expect(evals[11].solo).toEqual(evals[3].solo)
    expect(evals[11].skills).toEqual(evals[3].skills)
    expect(evals[10].solo).not.toEqual(evals[3].solo)
    expect(ofType(events, 'done')).toMatchObject([{ steps: 10, reason: 'steps' }])
  })
  it('discusses at the end with the restored state, not with the last one', async () => {
    const cliff: Script = { course: (_, updates) => (updates === 3 ? 0.95 : 0.02), unreadable: 0 }
    const { events, peers, saved } = await ran(
      { ...watched, loadBestModelAtEnd: true, evalMethods: ['idea3'] },
      cliff,
    )
    const evals = ofType(events, 'eval')
    expect(evals[11].idea3).toEqual(evals[3].idea3)
    expect(saved.at(-1)?.ability).toEqual(saved[2].ability)
    const modes = peers[0].generated
      .filter(({ request }) => splitOfPrompt(request.samples[0].prompt) === 'heldout')
      .map(({ request }) =>
        request.samples.map(({ prompt }) => prompt.split(' ')).map(([kind, , mode]) => [kind, mode]),
      )
      .filter(([[kind]]) => kind === 'analyze')
    expect(modes[11]).toEqual(modes[3])
    expect(modes[10]).not.toEqual(modes[3])
  })
  it('is measured at the end even where no measurement was due', async () => {
    const up: Script = { course: (_, updates) => 0.2 + updates / 8, unreadable: 0 }
    const { events, peers, saved } = await ran(
      { ...watched, steps: 5, refreshAbilityEvery: 2, loadBestModelAtEnd: true },
      up,
    )
    expect(measured(peers)).toHaveLength(4)
    expect(ofType(events, 'best').map(({ step }) => step)).toEqual([0, 2, 4, 5])
    // The last state is the best, so nothing is restored or evaluated again.
    expect(ofType(events, 'eval').map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
    expect(saved.at(-1)?.adapters.ada.updates).toBe(5)
  })
  it('is not restored without the setting', async () => {
    const { peers, saved } = await ran(watched, hill)
    expect((await peers[0].adapterState()).updates).toBe(10)
    for (const { best } of saved) expect(best?.adapters).toBeNull()
  })
})

describe('early stopping', () => {
  it.each([1, 3])('ends the run after %i measurements without a new best', async (earlyStoppingPatience) => {
    const { events, peers } = await ran({ ...watched, earlyStoppingPatience }, hill)
    const end = 3 + earlyStoppingPatience
    expect(measured(peers)).toHaveLength(end + 1)
    expect(ofType(events, 'done')).toMatchObject([{ steps: end, reason: 'early-stop' }])
    expect(ofType(events, 'eval').at(-1)?.step).toBe(end)
  })
  it('counts measurements, not steps', async () => {
    const { events } = await ran({ ...watched, refreshAbilityEvery: 3, earlyStoppingPatience: 2 }, hill)
    // Measured at 0, 3 (best), 6 and 9.
    expect(ofType(events, 'done')).toMatchObject([{ steps: 9, reason: 'early-stop' }])
  })
  it('restarts with every best', async () => {
    const waves: Script = {
      course: (_, updates) => [0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 0.9, 0.1, 0.1, 0.1, 0.1][updates],
      unreadable: 0,
    }
    const { events } = await ran({ ...watched, earlyStoppingPatience: 2 }, waves)
    expect(ofType(events, 'best').map(({ step }) => step)).toEqual([0, 2, 4, 6])
    expect(ofType(events, 'done')).toMatchObject([{ steps: 8, reason: 'early-stop' }])
  })
  it('does not count an equal accuracy as better', async () => {
    const { events } = await ran(
      { ...watched, earlyStoppingPatience: 3 },
      { course: () => 0.5, unreadable: 0 },
    )
    expect(ofType(events, 'best').map(({ step }) => step)).toEqual([0])
    expect(ofType(events, 'done')).toMatchObject([{ steps: 3, reason: 'early-stop' }])
  })
  it('works together with restoring the best', async () => {
    const { events, saved } = await ran(
      { ...watched, earlyStoppingPatience: 2, loadBestModelAtEnd: true },
      hill,
    )
    expect(ofType(events, 'done')).toMatchObject([{ steps: 5, reason: 'early-stop' }])
    expect(saved.at(-1)?.adapters).toEqual(saved[2].adapters)
    // The last checkpoint records that the run has ended.
    expect(saved.map(({ ended }) => ended)).toEqual([null, null, null, null, 'early-stop'])
  })
})

/** Returns an event without durations. */
function timeless(event: RunEvent): unknown {
  if (event.type === 'step') {
    const metrics = Object.entries(event.metrics).filter(([name]) => !/^step_time$|seconds/.test(name))
    return { ...event, metrics: Object.fromEntries(metrics) }
  }
  return 'seconds' in event ? { ...event, seconds: 0 } : event
}

describe('a resumed run', () => {
  const everything: Partial<RunConfig> = {
    ...watched,
    refreshAbilityEvery: 2,
    checkpointEvery: 1,
    numIterations: 2,
    lrSchedulerType: 'cosine',
    loadBestModelAtEnd: true,
    earlyStoppingPatience: 2,
    resampleZeroVariance: 2,
    discuss: 'disputed',
    discussGenerations: 3,
    trainedTokensBudget: 2000,
    generatedTokensBudget: 1200,
    evalMethods: ['idea3', 'sampled', 'vote', 'debate', 'ood'],
  }
  it.each([
    ['ilr', { difficultyJudge: 'prompt' }, 'early-stop'],
    ['ilr', { interaction: 'random', cooperateProbability: 0.3, earlyStoppingPatience: null }, 'budget'],
    [
      'share-only',
      { earlyStoppingPatience: null, trainedTokensBudget: null, generatedTokensBudget: null },
      'steps',
    ],
    ['solo', { reward: 'binary' }, 'early-stop'],
  ] as [RunConfig['method'], Partial<RunConfig>, string][])(
    'tells what the whole run told, and ends alike (%s, %j)',
    async (method, settings, reason) => {
      const config = tinyConfig({ ...everything, method, ...settings })
      const script: Script = {
        course: (peer, updates) =>
          0.25 + 0.6 * Math.exp(-((updates - 6) ** 2) / 12) + (peer === 'bo' ? 0.05 : 0),
      }
      const whole = scriptedRun(config, script)
      const events = await eventsOf(whole.run)
      expect(ofType(events, 'done')).toMatchObject([{ reason }])
      expect(whole.saved.length).toBeGreaterThan(3)
      for (const state of whole.saved) {
        const resumed = scriptedRun(config, script, state)
        const rest = await eventsOf(resumed.run)
        // The settings' warning is repeated in every session; progress of loading and ability is another.
        const told = (all: readonly RunEvent[]) =>
          all
            .filter((event) => 'step' in event && event.step > state.step)
            .filter(({ type }) => type !== 'warning' && type !== 'progress' && type !== 'text')
            .map(timeless)
        expect(told(rest)).toEqual(told(events))
        expect(ofType(rest, 'done').map(timeless)).toEqual(ofType(events, 'done').map(timeless))
        if (state.step < (whole.saved.at(-1)?.step ?? 0))
          expect(resumed.saved.at(-1)).toEqual(whole.saved.at(-1))
      }
    },
  )
})
