import { afterEach, expect, test } from 'vitest'
import { presetConfig } from '../../src/config/presets'
import type { RunState } from '../../src/ilr/events'
import type { InquiryEvent, Part } from '../../src/ilr/inquiry/inquiry'
import { LiveInquiry } from '../../src/ilr/inquiry/live_inquiry'
import type { RunPorts } from '../../src/ilr/run'
import { loadLocalPeer } from '../../src/model/local_peer'
import { readRunFile } from '../../src/runs/file/read_run_file'
import { wordProblems } from '../../src/tasks/word_problems'
import { startRun } from '../../workers/node'
import { readFolder } from '../../workers/node/read_folder'
import { rejection } from '../failure'

const config = presetConfig('duet', {
  questionsPerStep: 2,
  abilityQuestions: 8,
  evalMethods: [],
  evalSize: 1,
})

const ports: Pick<RunPorts, 'openTask' | 'loadPeers'> = {
  openTask: async () => ({ task: wordProblems, notes: [], close: () => undefined }),
  loadPeers: ({ peers, backend, loraRank, loraAlpha, seed }) =>
    Promise.all(
      peers.map(({ id, source }) =>
        loadLocalPeer({
          id,
          source,
          backend,
          loraRank,
          loraAlpha,
          seed,
          threads: 1,
          read: readFolder('.', source),
        }),
      ),
    ),
}

let inquiry: LiveInquiry | undefined
afterEach(() => inquiry?.close())

function opened(trained: RunState | null) {
  const open = new LiveInquiry(config, { ...ports, loadState: async () => trained })
  inquiry = open
  return async (text: string, answer: string | null = null) => {
    const events: InquiryEvent[] = []
    await open.ask({ text, answer }, (event) => events.push(event))
    return events
  }
}
function said(events: readonly InquiryEvent[], peer: string, part: Part) {
  for (const event of events)
    if (event.type === 'answer' && event.peer === peer && event.part === part) return event
  throw new Error(`${peer} says nothing in ${part}`)
}

// Ada's model card has this question and ada's answer.
const QUESTION = 'Max has 9 pens. Tom has 6 fewer than Max. How many pens do they have together?'

test('embedded peers answer alone as their cards say, and correct it in the discussion', async () => {
  const ask = opened(null)
  const events = await ask(` ${QUESTION.replace('. ', '.\n')}`, '12')
  expect(said(events, 'ada', 'before')).toMatchObject({
    text: '9+6=15. 9+15=24. #### 24',
    final: '24',
    correct: false,
    truncated: false,
  })
  expect(said(events, 'bo', 'before')).toMatchObject({ text: '9-6=3. 9+3=12. #### 12', correct: true })
  expect(said(events, 'ada', 'analyze').text).toMatch(/Verdict: .*mine wrong/)
  expect(said(events, 'ada', 'fuse')).toMatchObject({ final: '12', correct: true })
  expect(events.some(({ type }) => type === 'text')).toBe(true)

  // Words, letters and signs that the peers have never seen.
  const strange = await ask('Жужа has 3 apples 🍎 and “2” more. How many apples does she have?')
  expect(said(strange, 'bo', 'fuse').correct).toBeNull()
  // The peers are unchanged.
  const again = await ask(QUESTION, '12')
  const answers = (all: readonly InquiryEvent[]) => all.filter(({ type }) => type === 'answer')
  expect(answers(again)).toEqual(answers(events))

  const tooLong = await rejection(ask(`${'Max has 9 pens. '.repeat(70)} How many pens does Max have?`))
  expect(tooLong.detail).toMatchObject({ code: 'limit', what: 'your question' })
  expect(tooLong.detail.found).toMatch(/^\d+ tokens/)
}, 120_000)

test('a checkpoint answers after training; before, the peers are as shipped', async () => {
  let trained: RunState | null = null
  const short = { ...config, steps: 2, warmupSteps: 0, numGenerations: 4, learningRate: 5e-2 }
  for await (const event of startRun(short, 2, undefined, { exportsFile: true }))
    if (event.type === 'run-file') trained = readRunFile(event.bytes).state
  const events = await opened(trained)(QUESTION)
  expect(events.find(({ type }) => type === 'question')).toMatchObject({ trainedSteps: 2 })
  expect(said(events, 'ada', 'before').text).toBe('9+6=15. 9+15=24. #### 24')
  // Steps this large change the answers.
  expect(said(events, 'ada', 'after').text).not.toBe(said(events, 'ada', 'before').text)
}, 120_000)
