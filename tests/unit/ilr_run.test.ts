import { describe, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { uncertainty } from '../../src/ilr/difficulty'
import { EventQueue } from '../../src/ilr/event_queue'
import type { RunEvent } from '../../src/ilr/events'
import type { StageRecord } from '../../src/ilr/sequences'
import { stepDigest } from '../../src/ilr/step_digest'
import type { RunConfig } from '../../src/runs/config'
import { digitTask, eventsOf, ofType, type Script, scriptedRun, tinyConfig } from './ilr_scripted'

async function digestOf(config: RunConfig, script: Script = {}) {
  const { run } = scriptedRun(config, script)
  return ofType(await eventsOf(run), 'done')[0].digest
}
function ticks(n: number): Promise<void> {
  return n === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(() => resolve(ticks(n - 1))))
}
const never = new Promise<void>(() => {})

describe('events', () => {
  it('tell a step in order', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 1 }))
    const events = await eventsOf(run)
    const told = events.flatMap((event) =>
      event.type === 'progress' ? [] : [event.type === 'text' ? `text ${event.stage}` : event.type],
    )
    const order = told.filter((name, n) => name !== told[n - 1])
    expect(order).toEqual([
      'run',
      'eval',
      'question',
      'text share',
      'discussion',
      'text analyze',
      'text fuse',
      'exchange',
      'step',
      'eval',
      'checkpoint',
      'done',
    ])
  })
  it('write rollout 0 of the first question, and nothing else', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 1 }))
    const events = await eventsOf(run)
    const [{ exchange }] = ofType(events, 'exchange')
    expect(exchange.question).toEqual(ofType(events, 'question')[0].question)
    expect(exchange.judgement).toEqual(ofType(events, 'discussion')[0].judgement)
    for (const [peer, stages] of Object.entries(exchange.peers))
      for (const { stage, text } of stages) {
        const written = ofType(events, 'text').filter((one) => one.peer === peer && one.stage === stage)
        expect(written.map((one) => one.text).join('')).toBe(text)
      }
  })
  it('evaluate before training, every evalEvery steps and at the end', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ steps: 3, evalSize: 100 }))
    const events = await eventsOf(run)
    const evals = ofType(events, 'eval')
    expect(evals.map(({ step }) => step)).toEqual([0, 2, 3])
    const first = peers[0].generated.filter(
      ({ request }) => request.temperature === 0 && request.samples.length === 100,
    )
    const right = (call: (typeof first)[number]) =>
      call.completions.filter(
        ({ text }, row) =>
          digitTask.answerOf(text) === String(Number(/(\d)\?/.exec(call.request.samples[row].prompt)?.[1])),
      ).length / 100
    expect(evals[0].solo.ada).toBeCloseTo(right(first[0]), 12)
    expect(evals[0].idea3.ada).toBeCloseTo(right(first[2]), 12)
    expect(evals[0].idea3.ada).not.toBe(evals[0].solo.ada)
    expect(Object.keys(evals[0].skills.ada)).toEqual(['even', 'odd'])
    const [even, odd] = ['even', 'odd'].map(
      (skill) =>
        first[0].request.samples.filter(
          ({ prompt }) => Number(/(\d+)\?/.exec(prompt)?.[1]) % 2 === Number(skill === 'odd'),
        ).length,
    )
    const { skills, solo } = evals[0]
    expect((skills.ada.even * even + skills.ada.odd * odd) / 100).toBeCloseTo(solo.ada, 12)
    expect(new Set(evals.map(({ n }) => n))).toEqual(new Set([100]))
  })
  it('judge a question by the step’s own ideas, among reference questions sampled alike', async () => {
    const config = tinyConfig({ steps: 1, abilityQuestions: 4, difficultyReferences: 4 })
    const { run, peers } = scriptedRun(config)
    const [{ judgement }] = ofType(await eventsOf(run), 'discussion')
    const [{ completions: references }, { completions: ideas }] = peers[0].generated.filter(
      ({ request }) => request.temperature > 0,
    )
    const own = uncertainty(digitTask, ideas.slice(0, 4))
    const ranks = [0, 4, 8, 12].map((row) => {
      const other = uncertainty(digitTask, references.slice(row, row + 4))
      return other < own ? 1 : other === own ? 0.5 : 0
    })
    expect(judgement.ada.difficulty).toBe(ranks.reduce<number>((a, b) => a + b, 0) / 4)
  })
  it('evaluate question by question, however many are asked at once', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ steps: 1, evalSize: 256, interaction: 'random' }))
    await eventsOf(run)
    const modes = peers[0].generated
      .filter(({ request }) => request.temperature === 0 && request.samples[0].prompt.startsWith('analyze'))
      .map(({ request }) => request.samples.map(({ prompt }) => prompt.split(' ')[2]).join())
    // Two batches at step 0, and the same modes at step 1.
    expect(modes).toEqual([modes[0], modes[1], modes[0], modes[1]])
    expect(modes[0]).not.toBe(modes[1])
  })
  it('count every token asked and written', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ steps: 2 }))
    const steps = ofType(await eventsOf(run), 'step')
    const written = peers.flatMap(({ generated }) =>
      generated
        .filter(({ request }) => request.temperature > 0 && request.samples.length === 12)
        .flatMap(({ completions }) => completions.map(({ promptIds, ids }) => promptIds.length + ids.length)),
    )
    expect(steps[1].metrics.num_tokens).toBe(written.reduce((a, b) => a + b))
    expect(steps[0].metrics.num_tokens).toBeLessThan(steps[1].metrics.num_tokens)
  })
  it('carry TRL’s metric names, finite', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 1 }))
    const [{ metrics }] = ofType(await eventsOf(run), 'step')
    const names = `reward reward_std frac_reward_zero_std rewards/correct/mean rewards/format/std kl entropy loss
      clip_ratio/low_mean clip_ratio/high_mean clip_ratio/region_mean completions/mean_length
      completions/min_length completions/max_length completions/clipped_ratio num_tokens step_time grad_norm
      learning_rate sampling/sampling_logp_difference/mean sampling/sampling_logp_difference/max
      ilr/cooperation_share ilr/calibration_shift ilr/calibration_clipped ilr/ability/ada ilr/replayed
      ilr/zero_variance_groups ilr/mode_disagreement reward/bo`
    for (const name of names.split(/\s+/)) expect(metrics, name).toHaveProperty([name])
    for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(true)
    expect(metrics['sampling/sampling_logp_difference/max']).toBe(0.5)
  })
  it('warn where calibration cannot do anything', async () => {
    const graded = await eventsOf(scriptedRun(tinyConfig({ steps: 1 })).run)
    expect(ofType(graded, 'warning')).toEqual([])
    const { run } = scriptedRun(tinyConfig({ steps: 2, trainStages: ['share'] }))
    const { reward } = digitTask
    digitTask.reward = (question, text) => {
      const { correct } = reward(question, text)
      return { total: Number(correct), correct, parts: {} }
    }
    const events = await eventsOf(run).finally(() => {
      digitTask.reward = reward
    })
    expect(ofType(events, 'warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('calibration has no effect'),
    ])
  })
})

describe('digest', () => {
  it('is the same for the same configuration, and follows seed and settings', async () => {
    const digest = await digestOf(tinyConfig())
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(await digestOf(tinyConfig())).toBe(digest)
    expect(await digestOf(tinyConfig({ seed: 8 }))).not.toBe(digest)
    expect(await digestOf(tinyConfig({ learningRate: 0.03 }))).not.toBe(digest)
  })
  it('follows the parameters: a skipped update changes it', async () => {
    expect(await digestOf(tinyConfig(), { broken: [4] })).not.toBe(await digestOf(tinyConfig()))
  })
  it('does not depend on which peer finishes first', async () => {
    const digest = await digestOf(tinyConfig())
    const slow = (name: string): Script => ({ wait: (peer) => (peer === name ? ticks(3) : ticks(0)) })
    expect(await digestOf(tinyConfig(), slow('ada'))).toBe(digest)
    expect(await digestOf(tinyConfig(), slow('bo'))).toBe(digest)
  })
  it.each([2, 3])('is the same when the run is gone on with after step %i', async (every) => {
    const config = tinyConfig({ steps: 7, checkpointEvery: every, refreshAbilityEvery: 3 })
    const straight = scriptedRun(config)
    const events = await eventsOf(straight.run)
    for (const state of straight.saved) {
      const resumed = scriptedRun(config, {}, state)
      const rest = await eventsOf(resumed.run)
      expect(ofType(rest, 'run')[0].resumedFrom).toBe(state.step)
      expect(ofType(rest, 'done')[0].digest).toBe(ofType(events, 'done')[0].digest)
      const later = ofType(events, 'step').filter(({ step }) => step > state.step)
      expect(ofType(rest, 'step').map(untimed)).toEqual(later.map(untimed))
    }
    expect(straight.saved.map(({ step }) => step)).toEqual(every === 2 ? [2, 4, 6, 7] : [3, 6, 7])
  })
})

describe('digest of a step', () => {
  const completion = (ids: number[]) => ({ promptIds: [1], ids, logprobs: [], text: '', truncated: false })
  const link = (ids: number[], total: number, parameter: number) => {
    const stage: StageRecord = {
      prompts: [],
      completions: [[completion(ids), completion([7])]],
      rewards: [[total, 0].map((one) => ({ total: one, correct: false, parts: {} }))],
      advantages: null,
    }
    const parameters = [Float32Array.of(parameter)]
    const adapters = [{ updates: 1, parameters, firstMoments: [], secondMoments: [] }]
    const stages = { share: stage, analyze: stage, fuse: stage }
    const rest = { questions: [], modes: [], judgements: [], batches: [], updates: [], learningRate: 0 }
    return stepDigest('before', { ...rest, stages, adapters })
  }
  it('follows tokens, rewards and parameters', async () => {
    const digests = [link([1, 2], 1, 1), link([1, 3], 1, 1), link([1, 2], 0.5, 1), link([1, 2], 1, 2)]
    expect(new Set(await Promise.all(digests)).size).toBe(4)
    expect(await link([1, 2], 1, 1)).toBe(await digests[0])
  })
})

describe('a queue that is not read', () => {
  const text = (peer: string, said: string): RunEvent => ({
    type: 'text',
    step: 1,
    peer,
    stage: 'share',
    text: said,
  })
  const checkpoint: RunEvent = { type: 'checkpoint', step: 1 }

  it('joins text of one stage, never across another event', async () => {
    const queue = new EventQueue()
    for (const event of [text('a', '1'), text('b', 'x'), text('a', '2'), checkpoint, text('a', '3')])
      queue.push(event)
    queue.end()
    const events: RunEvent[] = []
    for (let next = await queue.next(); !next.done; next = await queue.next()) events.push(next.value)
    expect(events).toEqual([text('a', '12'), text('b', 'x'), checkpoint, text('a', '3')])
  })
})

function untimed(event: RunEvent & { type: 'step' }) {
  return { ...event, metrics: { ...event.metrics, step_time: 0 } }
}

describe('checkpoints', () => {
  it('keep the steps and evaluations so far', async () => {
    const { run, kept } = scriptedRun(tinyConfig())
    const events = await eventsOf(run)
    const told = events.filter(({ type }) => type === 'step' || type === 'eval')
    expect(kept[1]).toEqual(told)
    expect(kept[0]).toEqual(told.slice(0, kept[0].length))
  })
  it('of other peers are refused', async () => {
    const { run, saved } = scriptedRun(tinyConfig())
    await eventsOf(run)
    const { ada } = saved[0].adapters
    const other = scriptedRun(tinyConfig(), {}, { ...saved[0], adapters: { ada } })
    await expect(eventsOf(other.run)).rejects.toThrow('found adapters of ada, wanted one of bo')
  })
})

describe('an update that is not finite', () => {
  it('is skipped, counted and said; the run goes on', async () => {
    const { run, peers } = scriptedRun(tinyConfig(), { broken: [2] })
    const events = await eventsOf(run)
    const said = ofType(events, 'warning').filter(({ step }) => step === 2)
    expect(said.map(({ message }) => message.slice(0, 40))).toEqual([
      "ada's update of step 2 was skipped: loss",
      "bo's update of step 2 was skipped: loss ",
    ])
    const steps = ofType(events, 'step')
    expect(steps.map(({ metrics }) => metrics['ilr/skipped_updates'])).toEqual([0, 2, 0, 0])
    expect(steps[1].metrics).not.toHaveProperty('loss')
    for (const { metrics } of steps)
      for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), name).toBe(true)
    expect((await peers[0].adapterState()).updates).toBe(3)
  })
})

describe('stop', () => {
  const config = tinyConfig({ steps: 3 })

  it('ends the iterable after any event, frees the peers once, and does no more work', async () => {
    const short = tinyConfig({ steps: 1 })
    const total = (await eventsOf(scriptedRun(short).run)).length
    for (let at = 1; at < total; at++) {
      const { run, peers } = scriptedRun(short)
      let read = 0
      for await (const _ of run) if (++read === at) await run.stop()
      expect(read).toBe(at)
      const calls = peers[0].generated.length
      await ticks(2)
      expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
      expect(peers[0].generated.length - calls).toBeLessThanOrEqual(1)
    }
  })
  it.each(['generate', 'update'] as const)('does not wait for a %s that hangs', async (kind) => {
    let hangs = () => {}
    const hanging = new Promise<void>((resolve) => {
      hangs = resolve
    })
    const { run, peers } = scriptedRun(config, {
      wait: (peer, called, n) => {
        if (peer !== 'bo' || called !== kind || n !== 2) return undefined
        hangs()
        return never
      },
    })
    const reading = eventsOf(run)
    await hanging
    await run.stop()
    await run.stop()
    expect(ofType(await reading, 'done')).toEqual([])
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
  it('frees peers that arrive after it', async () => {
    const { run, peers, ports } = scriptedRun(config)
    let arrive = () => {}
    const { loadPeers } = ports
    ports.loadPeers = async (...args) => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return loadPeers(...args)
    }
    const reading = eventsOf(run)
    await ticks(2)
    await run.stop()
    expect(await reading).toHaveLength(1)
    arrive()
    await ticks(2)
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
    expect(peers[0].generated).toEqual([])
  })
  it('before the start leaves nothing to do', async () => {
    const { run, peers } = scriptedRun(config)
    await run.stop()
    expect(await eventsOf(run)).toEqual([])
    expect(peers[0].generated).toEqual([])
  })
  it('comes with a reader that leaves', async () => {
    const { run, peers } = scriptedRun(config)
    for await (const { type } of run) if (type === 'discussion') break
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
})

describe('pause and step', () => {
  it('pauses before the next unit, anywhere, and changes nothing', async () => {
    const config = tinyConfig({ steps: 2 })
    const digest = await digestOf(config)
    const total = (await eventsOf(scriptedRun(config).run)).length
    for (let at = 1; at < total; at += 3) {
      const { run } = scriptedRun(config)
      const events: RunEvent[] = []
      for await (const event of run) {
        events.push(event)
        if (events.length === at) run.pause()
        if (event.type === 'paused') setTimeout(() => run.resume())
      }
      expect(ofType(events, 'done')[0].digest).toBe(digest)
      expect(ofType(events, 'paused').length).toBeLessThanOrEqual(1)
    }
  })
  it('stops in the middle of a pause', async () => {
    const { run } = scriptedRun(tinyConfig())
    const types: string[] = []
    run.pause()
    for await (const { type } of run) {
      types.push(type)
      if (type === 'paused') await run.stop()
    }
    expect(types.at(-1)).toBe('paused')
  })
  it('runs one step at a time', async () => {
    const { run } = scriptedRun(tinyConfig({ steps: 3 }))
    const told: string[] = []
    run.step()
    for await (const event of run) {
      if (event.type === 'step') told.push(`step ${event.step}`)
      if (event.type === 'paused') {
        told.push(`paused ${event.step}`)
        run.step()
      }
    }
    expect(told).toEqual(['step 1', 'paused 1', 'step 2', 'paused 2', 'step 3'])
  })
})

describe('errors and lagging readers', () => {
  it('rejects with the typed error of a peer, after what was said before', async () => {
    const died = new ColloquyError({
      code: 'worker',
      what: 'peer bo',
      found: 'a worker that died',
      wanted: 'an answer',
      todo: 'Start the run again',
    })
    const { run, peers } = scriptedRun(tinyConfig(), {
      wait: (peer, kind, n) =>
        peer === 'bo' && kind === 'update' && n === 2 ? Promise.reject(died) : undefined,
    })
    const events: RunEvent[] = []
    const reading = (async () => {
      for await (const event of run) events.push(event)
    })()
    await expect(reading).rejects.toBe(died)
    expect(ofType(events, 'step').map(({ step }) => step)).toEqual([1])
    await ticks(1)
    expect(peers.map(({ closed }) => closed)).toEqual([1, 1])
  })
  it('rejects where peers cannot be loaded', async () => {
    const { run, ports } = scriptedRun(tinyConfig())
    ports.loadPeers = () => Promise.reject(new Error('no such model'))
    await expect(eventsOf(run)).rejects.toThrow('no such model')
  })
  it('waits for a reader that lags, joining text but losing none', async () => {
    const { run, peers } = scriptedRun(tinyConfig({ steps: 60, evalEvery: 60, checkpointEvery: 60 }))
    const reader = run[Symbol.asyncIterator]()
    await reader.next()
    let held = -1
    while (held !== peers[0].updates.length) {
      held = peers[0].updates.length
      await ticks(40)
    }
    expect(held).toBeLessThan(60)
    const events: RunEvent[] = []
    for (let next = await reader.next(); !next.done; next = await reader.next()) events.push(next.value)
    for (const { step, exchange } of ofType(events, 'exchange')) {
      const written = ofType(events, 'text').filter((one) => one.step === step && one.peer === 'ada')
      expect(written.map(({ text }) => text).join('')).toBe(
        exchange.peers.ada.map(({ text }) => text).join(''),
      )
    }
    expect(ofType(events, 'done')).toHaveLength(1)
  })
})
