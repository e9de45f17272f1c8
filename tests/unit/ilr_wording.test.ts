import { describe, expect, it } from 'vitest'
import { maxNewTokensOf, maxReadTokensOf } from '../../src/ilr/step/wording'
import type { PromptStyle } from '../../src/model/peer'
import { seedKey } from '../../src/random'
import { readAnalysis, reviewOrder } from '../../src/tasks/analysis'
import { ideaLabel } from '../../src/tasks/prompts'
import { stepsIn } from '../../src/tasks/solution'
import { type Discussion, STAGES, type Task, type Wording } from '../../src/tasks/task'
import { wordProblems } from '../../src/tasks/word_problems'
import { digitTask } from './ilr_digits'
import { eventsOf, scriptedRun, tinyConfig } from './ilr_scripted'

/** The digit task in words: every prompt has another beginning. */
const polite: Wording = {
  prompts: digitTask.prompts,
  sharePrompt: (question) => `please ${digitTask.sharePrompt(question)}`,
  analyzePrompt: (discussion) => `please ${digitTask.analyzePrompt(discussion)}`,
  fusePrompt: (discussion) => `please ${digitTask.fusePrompt(discussion)}`,
  debatePrompt: (discussion) => `please ${digitTask.debatePrompt(discussion)}`,
  maxNewTokens: (stage, peers) => 100 + digitTask.maxNewTokens(stage, peers),
}
const task: Task = { ...digitTask, instructed: polite }

describe('two peers of different kinds', () => {
  it('each get their own prompts, in every stage and evaluation', async () => {
    const config = tinyConfig({
      peers: [
        { id: 'ada', source: 'models/ada' },
        { id: 'bo', source: 'hub/bo' },
      ],
      evalMethods: ['idea3', 'debate', 'sampled', 'vote', 'ood'],
    })
    const { run, peers } = scriptedRun(config, {}, null, task)
    Object.assign(peers[1], { promptStyle: 'instructed' })
    const events = await eventsOf(run)
    const prompts = peers.map(({ generated }) =>
      generated.flatMap(({ request }) => request.samples.map(({ prompt }) => prompt)),
    )
    for (const stage of ['share', 'analyze', 'fuse', 'debate']) {
      expect(prompts[0].some((prompt) => prompt.startsWith(stage))).toBe(true)
      expect(prompts[1].some((prompt) => prompt.startsWith(`please ${stage}`))).toBe(true)
    }
    expect(prompts[0].filter((prompt) => prompt.startsWith('please'))).toEqual([])
    expect(prompts[1].filter((prompt) => !prompt.startsWith('please'))).toEqual([])
    const limits = peers.map(({ generated }) =>
      Math.max(...generated.map(({ request }) => request.maxNewTokens)),
    )
    expect(limits).toEqual([10, 110])
    const shown = events.find((event) => event.type === 'exchange')?.exchange.peers
    expect(shown?.ada[0].prompt).toMatch(/^share/)
    expect(shown?.bo[0].prompt).toMatch(/^please share/)
  })

  it('have the tokens of their kind', () => {
    const config = tinyConfig()
    const limit = (promptStyle: PromptStyle) => maxNewTokensOf(config, task, { promptStyle }, 'share')
    expect(limit('plain')).toBe(8)
    expect(limit('instructed')).toBe(108)
    expect(limit('thinking')).toBeGreaterThan(1000)
    expect(maxNewTokensOf(config, digitTask, { promptStyle: 'instructed' }, 'share')).toBe(8)
  })

  it('have maxCompletionLength where they write sentences, thoughts included', () => {
    const config = tinyConfig({ maxCompletionLength: 500 })
    const limits = (of: Task, promptStyle: PromptStyle) =>
      STAGES.map((stage) => maxNewTokensOf(config, of, { promptStyle }, stage))
    expect(limits(task, 'instructed')).toEqual([500, 500, 500])
    expect(limits(task, 'thinking')).toEqual([500, 500, 500])
    // The plain wording of a task that has another one is that of embedded peers.
    expect(limits(task, 'plain')).toEqual([8, 6, 10])
    expect(limits(digitTask, 'plain')).toEqual([500, 500, 500])
  })

  it('read no more of a thinking peer than its answer', () => {
    const read = (maxCompletionLength: number | undefined, promptStyle: PromptStyle) =>
      maxReadTokensOf(tinyConfig({ maxCompletionLength }), task, { promptStyle }, 'share')
    expect([undefined, 60, 500].map((length) => read(length, 'instructed'))).toEqual([108, 60, 500])
    expect([undefined, 60, 500, 2000].map((length) => read(length, 'thinking'))).toEqual([108, 60, 108, 976])
  })
})

describe('word problems in words', () => {
  const words = wordProblems.instructed
  if (!words) throw new Error('no wording')
  const [question] = wordProblems.questions('train', seedKey(3), 1)
  const discussion = (mode: Discussion['mode']): Discussion => ({
    question,
    mode,
    own: '9+5=13. #### 13',
    others: ['9-5=4. 9+4=13. #### 13'],
    analysis: 'Mine: …',
  })

  it.each(['cooperate', 'compete'] as const)(
    'show an analysis in the form that the checker reads: %s',
    (mode) => {
      const line = words
        .analyzePrompt(discussion(mode))
        .split('\n')
        .find((text) => text.includes('. Verdict: '))
      const labels = reviewOrder(mode, 2).map(ideaLabel)
      expect(readAnalysis(line ?? '', labels)?.map(({ label }) => label)).toEqual(labels)
    },
  )

  it('ask for equations and an answer that the checker reads', () => {
    const prompts = [
      words.sharePrompt(question),
      ...(['cooperate', 'compete'] as const).map((mode) => words.fusePrompt(discussion(mode))),
      words.debatePrompt(discussion('compete')),
    ]
    for (const prompt of prompts) {
      expect(prompt).toContain(question.text)
      expect(prompt).toMatch(/\n#### 12\n$/)
      expect(stepsIn(prompt).at(-1)).toEqual({ left: 3, operator: '*', right: 4, result: 12 })
      expect(prompt).not.toMatch(/[{}]/)
    }
  })
})
