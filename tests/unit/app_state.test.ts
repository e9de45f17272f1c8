import { describe, expect, test } from 'vitest'
import { isLeftOut } from '../../src/app/exchange/exchange_view'
import { progressOf } from '../../src/app/progress'
import { type Action, initialState, problemOf, reduce, type ViewState } from '../../src/app/state'
import { presetConfig } from '../../src/config/presets'
import { ColloquyError } from '../../src/errors'
import type { Exchange, RunEvent } from '../../src/ilr/events'
import { whyNotDiscussed } from '../../src/ilr/interaction/mode_reason'
import type { Question, Stage } from '../../src/tasks/task'

const config = presetConfig('duet', { steps: 4 })
const after = (actions: readonly Action[], from: ViewState = initialState) => actions.reduce(reduce, from)
const begun = after([
  { type: 'starting', config, history: [] },
  { type: 'run', config, resumedFrom: null },
])

test('the scope of determinism is known with the peers, and forgotten with the next run', () => {
  expect(begun.determinism).toBeNull()
  const loaded = after([{ type: 'determinism', determinism: 'device' }], begun)
  expect(loaded.determinism).toBe('device')
  expect(after([{ type: 'starting', config, history: [] }], loaded).determinism).toBeNull()
})

const question: Question = {
  id: 'q1',
  text: 'Ada has 3 pens …',
  answer: '8',
  skill: 'addsub',
  level: 1,
  steps: [],
}
const judgement = {
  ada: { ability: 0.6, difficulty: 0.2, p: 0.66 },
  bo: { ability: 0.5, difficulty: 0.4, p: 0.54 },
}
const text = (step: number, peer: string, stage: Stage, added: string): RunEvent => ({
  type: 'text',
  step,
  peer,
  stage,
  text: added,
})
const asked: RunEvent = { type: 'question', step: 1, question }
const discussed: RunEvent = { type: 'discussion', step: 1, question, mode: 'compete', judgement }

const step = (n: number, reward: number): RunEvent => ({
  type: 'step',
  step: n,
  metrics: { reward },
  questions: [],
})

function finished(id: string): Exchange {
  const texts = [
    {
      stage: 'share' as const,
      prompt: 'p',
      text: '3+5=8 #### 8',
      reward: { total: 1, correct: true, parts: { correct: 1 } },
      calibratedReward: 1.5,
      advantage: 0.7,
    },
  ]
  return { question: { ...question, id }, mode: 'compete', judgement, peers: { ada: texts, bo: texts } }
}

function evaluation(step: number, ada: number): Extract<RunEvent, { type: 'eval' }> {
  const cost = { trainedTokens: 0, generatedTokens: 0, seconds: 0 }
  return { type: 'eval', step, solo: { ada, bo: 0.5 }, skills: {}, n: 100, ...cost }
}

describe('an exchange as it is written', () => {
  test('a finished stage is marked before the step ends; marks of another step are ignored', () => {
    const right = { total: 1, correct: true, parts: {} }
    const wrong = { total: 0.2, correct: false, parts: {} }
    const rewards = { ada: right, bo: wrong }
    const written = [asked, text(1, 'ada', 'share', '8'), text(1, 'bo', 'share', '2')]
    const marked: RunEvent = { type: 'marked', step: 1, stage: 'share', rewards }
    const { exchange } = after([...written, marked], begun)
    expect(exchange?.peers.ada?.share).toEqual({ text: '8', reward: right })
    expect(exchange?.peers.bo?.share?.reward).toEqual(wrong)
    expect(after([...written, { ...marked, step: 2 }], begun).exchange?.peers.ada?.share?.reward).toBeNull()
    expect(after([...written, { ...marked, stage: 'fuse' }], begun).exchange?.peers.ada?.fuse).toBeUndefined()
  })

  test('text is added per peer and stage, and the current stage follows', () => {
    const { exchange } = after(
      [asked, text(1, 'ada', 'share', '3+5'), text(1, 'bo', 'share', '3-'), text(1, 'ada', 'share', '=8')],
      begun,
    )
    expect(exchange?.peers.ada?.share?.text).toBe('3+5=8')
    expect(exchange?.peers.bo?.share?.text).toBe('3-')
    expect(exchange?.writing).toBe('share')
    expect(exchange?.mode).toBeNull()
  })

  test('the mode arrives later and keeps the text so far', () => {
    const { exchange } = after([asked, text(1, 'ada', 'share', '3+5=8'), discussed], begun)
    expect(exchange?.mode).toBe('compete')
    expect(exchange?.judgement.bo?.p).toBe(0.54)
    expect(exchange?.peers.ada?.share?.text).toBe('3+5=8')
    expect(exchange?.writing).toBe('analyze')
  })

  test('text of another step is not mixed in', () => {
    const { exchange } = after([asked, text(2, 'ada', 'share', 'x')], begun)
    expect(exchange?.peers).toEqual({})
  })

  test('the next question clears the last one', () => {
    const state = after([asked, text(1, 'ada', 'share', 'old'), { ...asked, step: 2 }], begun)
    expect(state.exchange?.peers).toEqual({})
    expect(state.exchange?.step).toBe(2)
  })

  test('the finished exchange brings prompts, rewards and advantages', () => {
    const { exchange } = after(
      [asked, discussed, { type: 'exchange', step: 1, exchange: finished('q1') }],
      begun,
    )
    expect(exchange?.writing).toBeNull()
    expect(exchange?.peers.bo?.share).toMatchObject({ prompt: 'p', calibratedReward: 1.5, advantage: 0.7 })
    expect(exchange?.peers.bo?.share?.reward?.correct).toBe(true)
  })

  test('after a redraw, discussion and exchange show the question that stayed', () => {
    const other = { ...question, id: 'q2' }
    const drawn = after([asked, text(1, 'ada', 'share', 'old'), { ...discussed, question: other }], begun)
    expect(drawn.exchange?.question.id).toBe('q2')
    expect(drawn.exchange?.peers).toEqual({})
    const ended = after([asked, { type: 'exchange', step: 1, exchange: finished('q2') }], begun)
    expect(ended.exchange?.question.id).toBe('q2')
  })
})

describe('discussions of earlier steps', () => {
  const said = (n: number): RunEvent => ({ type: 'exchange', step: n, exchange: finished(`q${n}`) })
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => said(i + 1))
  const held = ({ exchanges }: ViewState) => exchanges.map((event) => event.step)

  test('stay in memory until the store has them; the newest stay longer', () => {
    const unsaved = after(upTo(300), begun)
    expect(held(unsaved)).toHaveLength(300)
    const saved = after([{ type: 'checkpoint', step: 200 }], unsaved)
    expect(held(saved)).toEqual(Array.from({ length: 100 }, (_, i) => 201 + i))
    const all = after([{ type: 'checkpoint', step: 300 }], saved)
    expect(held(all)).toEqual(Array.from({ length: 50 }, (_, i) => 251 + i))
  })

  test('of a stored run are those of its last steps', () => {
    for (const type of ['opened', 'starting'] as const) {
      const state = after([
        { type, config, history: upTo(80).flatMap((event, i) => [event, step(i + 1, 0)]) },
      ])
      expect([held(state).at(0), held(state).at(-1)]).toEqual([31, 80])
    }
  })

  test('are shown again after a step back', () => {
    const state = after([...upTo(5), { type: 'exchange', step: 4, exchange: finished('new') }], begun)
    expect(held(state)).toEqual([1, 2, 3, 4])
    expect(state.exchanges.at(-1)?.exchange.question.id).toBe('new')
  })
})

describe('a question that is not discussed', () => {
  const skipped: RunEvent = { ...discussed, mode: null }
  const alone = { ...finished('q1'), mode: null, judgement: {} }

  test('is undecided until the ideas are judged', () => {
    const { exchange } = after([asked, text(1, 'ada', 'share', '3')], begun)
    expect(exchange && isLeftOut(exchange)).toBe(false)
  })

  test('keeps its ideas, and ignores text of discussed questions', () => {
    const { exchange } = after(
      [asked, text(1, 'ada', 'share', '3+5=8'), skipped, text(1, 'ada', 'analyze', 'of another question')],
      begun,
    )
    expect(exchange && isLeftOut(exchange)).toBe(true)
    expect(exchange?.peers).toEqual({ ada: { share: expect.objectContaining({ text: '3+5=8' }) } })
    expect(exchange?.writing).toBeNull()
    expect(whyNotDiscussed('ilr')).toBe('Not discussed: their answers agree.')
  })

  test('is marked from the start where the method has no discussion', () => {
    const solo = presetConfig('duet', { method: 'solo' })
    const first = after([{ type: 'run', config: solo, resumedFrom: null }, asked])
    expect(first.exchange && isLeftOut(first.exchange)).toBe(true)
    expect(first.exchange?.writing).toBe('share')
    const last = reduce(first, { type: 'exchange', step: 1, exchange: alone })
    expect(last.exchange && isLeftOut(last.exchange)).toBe(true)
    expect(Object.keys(last.exchange?.peers.ada ?? {})).toEqual(['share'])
    expect(whyNotDiscussed('solo')).toBe('They practise alone: no discussion.')
  })

  test('leaves nothing to the next, discussed one', () => {
    const { exchange } = after([asked, skipped, { ...asked, step: 2 }, { ...discussed, step: 2 }], begun)
    expect(exchange).toMatchObject({ step: 2, mode: 'compete', writing: 'analyze', peers: {} })
  })
})

describe('status', () => {
  const progress = (phase: 'load' | 'share', peer: string, done: number): RunEvent => ({
    type: 'progress',
    phase,
    step: 0,
    peer,
    done,
    total: 4,
  })
  const statusOf = (actions: readonly Action[]) => after(actions, begun).status

  test('loading ends with the first work', () => {
    expect(statusOf([progress('load', 'ada', 1)])).toBe('loading')
    expect(after([progress('load', 'ada', 1)], begun).loaded).toEqual({ ada: 0.25 })
    expect(statusOf([progress('load', 'ada', 4), progress('share', 'ada', 1)])).toBe('running')
  })

  test('pausing lasts until the run reports a pause', () => {
    const pausing: Action[] = [progress('share', 'ada', 1), { type: 'pausing' }, progress('share', 'ada', 2)]
    expect(statusOf(pausing)).toBe('pausing')
    expect(statusOf([...pausing, { type: 'paused', step: 1, after: null }])).toBe('paused')
    expect(statusOf([...pausing, { type: 'paused', step: 1, after: null }, { type: 'resuming' }])).toBe(
      'running',
    )
  })

  test('an end without done is a stop; after done it is done; after an error, a failure', () => {
    const done: Action = { type: 'done', steps: 4, reason: 'steps', seconds: 9, digest: 'abc' }
    const failed: Action = { type: 'failed', problem: { what: 'x' } }
    expect(statusOf([{ type: 'stopping' }, { type: 'ended' }])).toBe('stopped')
    expect(statusOf([done, { type: 'ended' }])).toBe('done')
    expect(statusOf([failed, { type: 'ended' }])).toBe('failed')
  })

  test('a paused event during a stop does not restore the buttons', () => {
    expect(statusOf([{ type: 'stopping' }, { type: 'paused', step: 1, after: null }])).toBe('stopping')
  })

  test('a pause says where in its step the run stands', () => {
    const working = [progress('share', 'ada', 1), step(1, 0.5)]
    const between = after([...working, { type: 'paused', step: 1, after: null }], begun)
    expect(progressOf(between).headline).toBe('Paused: 1 of 4 steps')
    const within = after([{ type: 'resuming' }, { type: 'paused', step: 1, after: 'share' }], between)
    expect(progressOf(within).headline).toBe('Paused in step 2, after Share')
    expect(within.announcement).toBe('Paused in step 2, after Share.')
  })

  test('a refusal is shown and changes nothing else', () => {
    const running = after([progress('share', 'ada', 1)], begun)
    expect(reduce(running, { type: 'refused', problem: { what: 'seed' } })).toEqual({
      ...running,
      problem: { what: 'seed' },
    })
  })

  test('a new run forgets the problem and the results of the last one', () => {
    const before = after([evaluation(0, 0.5), { type: 'failed', problem: { what: 'x' } }], begun)
    const next = reduce(before, { type: 'starting', config, history: [] })
    expect(next.problem).toBeNull()
    expect(next.evals).toEqual([])
  })
})

describe('results', () => {
  test('of a run file replace the earlier ones, up to its step, without a running state', () => {
    const before = after([{ type: 'failed', problem: { what: 'x' } }], begun)
    const exchange: RunEvent = { type: 'exchange', step: 2, exchange: finished('q9') }
    const history = [evaluation(0, 0.5), step(1, 0.1), exchange, step(2, 0.2), evaluation(2, 0.6)]
    const opened = reduce(before, { type: 'opened', config, history })
    expect(opened).toMatchObject({ status: 'stopped', config, step: 2, problem: null, progress: null })
    expect([opened.steps.length, opened.evals.length]).toEqual([2, 2])
    expect(opened.exchange?.question.id).toBe('q9')
    expect(opened.announcement).toBe('Showing a run at step 2.')
    // A run with all its steps was not stopped.
    const whole = { ...config, steps: 2 }
    expect(reduce(before, { type: 'opened', config: whole, history }).status).toBe('done')
  })

  test('resuming shows the stored curves, and repeats a step only once', () => {
    const history = [evaluation(0, 0.5), step(1, 0.1), step(2, 0.2), step(3, 0.3)]
    const state = after([
      { type: 'starting', config, history },
      { type: 'run', config, resumedFrom: 2 },
      step(3, 0.35),
    ])
    expect(state.step).toBe(3)
    expect(state.steps.map((event) => event.metrics.reward)).toEqual([0.1, 0.2, 0.35])
    expect(state.evals).toHaveLength(1)
  })

  test('resuming begins at the step of the checkpoint', () => {
    const state = after([
      { type: 'starting', config, history: [] },
      { type: 'run', config, resumedFrom: 2 },
    ])
    expect(state.step).toBe(2)
    expect(state.resumedFrom).toBe(2)
  })

  test('the best so far, the latest questions’ modes, and the reason of the end are kept', () => {
    const record = { id: 'q1', skill: 'addsub', level: 1, mode: null, judgement, disagreement: true }
    const state = after(
      [
        { type: 'best', step: 0, accuracy: 0.5 },
        { type: 'step', step: 1, metrics: {}, questions: [record] },
        { type: 'best', step: 1, accuracy: 0.625 },
        { type: 'done', steps: 1, reason: 'early-stop', seconds: 9, digest: 'abc' },
      ],
      begun,
    )
    expect(state.best).toEqual({ step: 1, accuracy: 0.625 })
    expect(state.steps.at(-1)?.questions).toEqual([record])
    expect(state.done?.reason).toBe('early-stop')
    expect(reduce(state, { type: 'starting', config, history: [] }).best).toBeNull()
  })

  test('a last test of the best adapters replaces the one before it at the same step', () => {
    const { evals } = after([evaluation(4, 0.5), evaluation(4, 0.75)], begun)
    expect(evals.map(({ solo }) => solo.ada)).toEqual([0.75])
  })

  test('equal warnings in a row are counted, different ones listed', () => {
    const warning = (step: number, message: string): RunEvent => ({ type: 'warning', step, message })
    const { warnings } = after([warning(1, 'a'), warning(2, 'a'), warning(3, 'b'), warning(4, 'a')], begun)
    expect(warnings).toEqual([
      { step: 2, message: 'a', count: 2 },
      { step: 3, message: 'b', count: 1 },
      { step: 4, message: 'a', count: 1 },
    ])
  })

  test('screen readers hear evaluations and ends, not tokens or steps', () => {
    const evaluated = after([evaluation(0, 0.614)], begun)
    expect(evaluated.announcement).toBe('Solo accuracy at step 0: ada 61 percent, bo 50 percent.')
    const later = after(
      [asked, text(1, 'ada', 'share', '3'), { type: 'step', step: 1, metrics: {}, questions: [] }],
      evaluated,
    )
    expect(later.announcement).toBe(evaluated.announcement)
  })
})

test('a typed error keeps its four parts, another error its message', () => {
  const detail = {
    code: 'config',
    what: 'seed',
    found: '-3',
    wanted: 'at least 0',
    todo: 'Change seed',
  } as const
  const { code, ...parts } = detail
  expect(code).toBe('config')
  expect(problemOf(new ColloquyError(detail))).toEqual(parts)
  expect(problemOf(new TypeError('boom'))).toEqual({ what: 'boom' })
  expect(problemOf('plain')).toEqual({ what: 'plain' })
})
