import { describe, expect, test } from 'vitest'
import { embeddedPeers, examplesOf } from '../../src/app/ask/examples'
import {
  type InquiryAction,
  type InquiryView,
  isAnswering,
  isRefused,
  reduceInquiry,
} from '../../src/app/ask/inquiry_view'
import { presetConfig } from '../../src/config/presets'
import type { Part } from '../../src/ilr/inquiry/inquiry'
import { readingsOf } from '../../src/tasks/skills'
import { wordProblems } from '../../src/tasks/word_problems'

const asked: InquiryAction = {
  type: 'asked',
  question: { text: '1+1?', answer: '2' },
  peers: ['ada', 'bo'],
  trainedSteps: 8,
}
function after(...actions: readonly InquiryAction[]): InquiryView {
  const view = [asked, ...actions].reduce(reduceInquiry, null)
  if (view === null) throw new Error('nothing was asked')
  return view
}
const text = (peer: string, part: Part, added: string): InquiryAction => ({
  type: 'text',
  peer,
  part,
  text: added,
})
const answer = (peer: string, part: Part, final: string | null, correct: boolean | null): InquiryAction => ({
  type: 'answer',
  peer,
  part,
  text: `so #### ${final}`,
  final,
  correct,
  truncated: false,
})

describe('an answer', () => {
  test('grows as it is written, and ends complete', () => {
    const writing = after(
      { type: 'part', part: 'before' },
      text('ada', 'before', 'so '),
      text('ada', 'before', '####'),
    )
    expect(writing.before?.peers.ada?.share).toEqual({ text: 'so ####', reward: null })
    expect(writing).toMatchObject({ writing: 'before', status: 'answering', told: [] })
    const done = [answer('ada', 'before', '2', true)].reduce(reduceInquiry, writing as InquiryView | null)
    expect(done?.before?.peers.ada?.share).toMatchObject({
      text: 'so #### 2',
      reward: { correct: true },
      cut: false,
    })
  })
  test('belongs to before training or to the discussion, which starts with its newest', () => {
    const view = after(
      answer('ada', 'before', '3', false),
      { type: 'part', part: 'after' },
      answer('ada', 'after', '2', true),
      { type: 'discussion', mode: 'compete', judgement: {} },
      { type: 'part', part: 'fuse' },
      text('ada', 'fuse', 'so'),
    )
    expect(view.before?.peers.ada?.share?.text).toBe('so #### 3')
    expect(view.talk).toMatchObject({
      mode: 'compete',
      writing: 'fuse',
      question: { text: '1+1?', answer: '2' },
    })
    expect([view.talk.peers.ada?.share?.text, view.talk.peers.ada?.fuse?.text]).toEqual(['so #### 2', 'so'])
    // Without training, the solo answers start the discussion.
    const untrained = [{ ...asked, trainedSteps: null }, answer('ada', 'before', '3', null)]
    expect(untrained.reduce(reduceInquiry, null)).toMatchObject({
      before: null,
      talk: { peers: { ada: { share: { text: 'so #### 3', reward: null, cut: false } } } },
    })
  })
  test('is announced once, with its mark if any', () => {
    const { told } = after(
      text('ada', 'before', 'so'),
      answer('ada', 'before', '3', false),
      answer('bo', 'after', '2', null),
      answer('bo', 'analyze', null, null),
      answer('ada', 'fuse', null, true),
    )
    expect(told).toEqual([
      'ada has answered alone, before training: 3. Wrong.',
      'bo has answered alone, after training: 2.',
      'bo has checked the steps of every idea.',
      'ada has answered after the discussion: so → null. Right.',
    ])
  })
})

describe('a question', () => {
  const all = [answer('ada', 'fuse', '2', true), answer('bo', 'fuse', '2', true)]
  test('is answered once every peer has its last answer', () => {
    expect(after(...all, { type: 'ended' }).status).toBe('done')
    const stopped = after(all[0], { type: 'ended' })
    expect([stopped.status, isAnswering(stopped)]).toEqual(['stopped', false])
    expect(isAnswering(after(...all))).toBe(true)
  })
  test('that is refused leaves only its reason', () => {
    const detail = {
      code: 'task',
      what: 'your question',
      found: 'nothing',
      wanted: 'words',
      todo: 'Type',
    } as const
    const refused = after({ type: 'refused', detail }, { type: 'ended' })
    expect(refused.problem).toMatchObject(detail)
    expect([isRefused(refused), isAnswering(refused)]).toEqual([true, false])
    // Text from before a failure stays.
    expect(isRefused(after(all[0], { type: 'failed', error: new Error('gone') }))).toBe(false)
    expect(after({ type: 'failed', error: new Error('gone') })).toMatchObject({
      status: 'failed',
      problem: { what: 'gone' },
    })
  })
  test('loads peers, then may measure their ability', () => {
    const loading = after({ type: 'progress', phase: 'load', peer: 'bo', done: 1, total: 2 })
    expect(loading).toMatchObject({ status: 'loading', loaded: { bo: 0.5 } })
    expect(after({ type: 'progress', phase: 'ability', peer: 'bo', done: 0, total: 9 }).status).toBe(
      'measuring',
    )
  })
  test('is forgotten with its run, and later events are ignored', () => {
    expect([asked, { type: 'forgotten' } as const, ...all].reduce(reduceInquiry, null)).toBeNull()
  })
})

describe('examples', () => {
  test.each(['duet', 'halves', 'trio'])(
    'of %s are held-out questions, at least one too hard for each peer',
    (preset) => {
      const { task, peers } = presetConfig(preset)
      const examples = examplesOf({ task, peers })
      expect(examples).toHaveLength(4)
      expect(new Set(examples.map(({ text }) => text)).size).toBe(4)
      for (const { id } of peers)
        expect(
          examples.some(({ lackedBy }) => lackedBy.includes(id)),
          id,
        ).toBe(true)
      expect(embeddedPeers(peers)).toEqual(peers.map(({ id }) => id))
    },
  )
  test('say which peer lacks what, as their model cards do', () => {
    const { task, peers } = presetConfig('duet')
    // ada misreads cmp and times, bo addsub and three.
    const cards: Readonly<Record<string, readonly string[]>> = {
      ada: ['cmp', 'times'],
      bo: ['addsub', 'three'],
    }
    const known = wordProblems.questions('heldout', [0x61736b20, 0x74686973], 15)
    for (const { text, answer, lackedBy } of examplesOf({ task, peers })) {
      const question = known.find((one) => one.text === text)
      expect(question?.answer).toBe(answer)
      const [reading] = readingsOf(question?.skill ?? '')
      expect(lackedBy).toEqual(Object.keys(cards).filter((id) => cards[id].includes(reading)))
    }
  })
  test('of other models are in ordinary words, and code has none', () => {
    const { task, peers } = presetConfig('gsm8k')
    expect(embeddedPeers(peers)).toEqual([])
    expect(examplesOf({ task, peers }).map(({ answer }) => answer)).toEqual(['36', '7', '65'])
    expect(examplesOf({ task: 'code', peers })).toEqual([])
  })
})
