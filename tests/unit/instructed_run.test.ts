import { describe, expect, it } from 'vitest'
import { parseRunConfig, type RunConfig } from '../../src/config/config'
import { LiveRun } from '../../src/ilr/live_run'
import { loadLocalPeer } from '../../src/model/local_peer'
import type { GenerateRequest, Peer } from '../../src/model/peer'
import { questionFileTask } from '../../src/tasks/question_file'
import type { Question } from '../../src/tasks/task'
import { replyModel } from '../fixtures/reply_model'
import { eventsOf, ofType } from './ilr_scripted'

/** Half of the questions have the answer 7, so that a peer that always says 7 has an ability between 0 and 1. */
const QUESTIONS = Array.from({ length: 200 }, (_, i): Question => {
  const answer = i % 2 === 0 ? 7 : 8
  const text = `What is ${i + answer} - ${i}?`
  return { id: `difference-${i}`, text, answer: String(answer), skill: 'difference', level: 1, steps: [] }
})
const textOf = (id: string) => QUESTIONS.find((question) => question.id === id)?.text

const ORDER = [2, 4, 1, 3]
/** The easiest question first, then an answer. Seven tokens with the stop. */
const RANKING = [`${ORDER[0]}`, `, ${ORDER[1]}`, `, ${ORDER[2]}`, `, ${ORDER[3]}`, '\n\n####', ' 7']
const SHRUGGING = ['Hard', ' to', ' say.', '\n\n####', ' 7']

/** Runs chat models through the whole loop in node, and records what each was asked. */
async function run(replies: Readonly<Record<string, readonly string[]>>, settings: Partial<RunConfig>) {
  const config = parseRunConfig({
    preset: 'gsm8k',
    peers: Object.keys(replies).map((id) => ({ id, source: `hub/${id}`, dtype: 'fp32' })),
    task: 'question-file',
    questionFile: 'differences.jsonl',
    steps: 1,
    questionsPerStep: 4,
    numGenerations: 2,
    loraRank: 2,
    loraAlpha: 4,
    abilityQuestions: 8,
    evalSize: 2,
    evalMethods: [],
    ...settings,
  })
  const asked = new Map<string, GenerateRequest[]>()
  const live = new LiveRun(config, {
    openTask: async () => ({
      task: questionFileTask('differences', QUESTIONS),
      notes: [],
      close: () => undefined,
    }),
    loadPeers: async ({ peers, backend, loraRank, loraAlpha, seed }) =>
      Promise.all(
        peers.map(async ({ id, source, dtype }) => {
          const files = replyModel(replies[id])
          const read = async (path: string) => files.get(path) ?? null
          const options = { source, dtype, backend, loraRank, loraAlpha, threads: 1, seed, read }
          return recorded(await loadLocalPeer({ id, ...options }), asked)
        }),
      ),
    now: () => performance.now(),
    saveState: async () => undefined,
    loadState: async () => null,
    finish: async () => undefined,
  })
  const events = await eventsOf(live)
  return { events, asked, warnings: ofType(events, 'warning').map(({ message }) => message) }
}

function recorded(peer: Peer, asked: Map<string, GenerateRequest[]>): Peer {
  const requests: GenerateRequest[] = []
  asked.set(peer.id, requests)
  const generate = peer.generate.bind(peer)
  peer.generate = (request, onText) => {
    requests.push(request)
    return generate(request, onText)
  }
  return peer
}

/** Returns the questions that a ranking prompt lists, in its order. */
function listedIn(prompt: string): string[] {
  return [...prompt.matchAll(/^\d+\. (.*)$/gm)].map(([, text]) => text)
}

describe('the prompt judge with chat models', () => {
  it('gives the difficulty of the replied order and the mode that follows; counts what it cannot read', async () => {
    const { events, asked } = await run(
      { ada: RANKING, bo: SHRUGGING },
      { steps: 2, difficultyJudge: 'prompt', difficultyReferences: 3 },
    )
    const rankings = (asked.get('ada') ?? []).filter(({ samples }) => listedIn(samples[0].prompt).length > 0)
    const steps = ofType(events, 'step')
    expect(rankings).toHaveLength(2)
    const modes = new Set<string | null>()
    const difficulties = new Set<number>()
    steps.forEach(({ questions, metrics }, step) => {
      const { samples } = rankings[step]
      const lists = samples.length / questions.length
      questions.forEach(({ id, mode, judgement }, q) => {
        const ranks = samples.slice(q * lists, (q + 1) * lists).map(({ prompt }) => {
          const listed = listedIn(prompt)
          expect(listed).toHaveLength(ORDER.length)
          const place = listed.indexOf(textOf(id) ?? '')
          expect(place).toBeGreaterThanOrEqual(0)
          return ORDER.indexOf(place + 1) / (ORDER.length - 1)
        })
        const difficulty = ranks.reduce((sum, rank) => sum + rank, 0) / lists
        expect(judgement.ada.difficulty).toBeCloseTo(difficulty, 12)
        expect(judgement.bo.difficulty).toBe(0.5)
        const ability = metrics['ilr/ability/ada']
        expect(ability).toBeGreaterThan(0)
        expect(ability).toBeLessThan(1)
        const p = [difficulty, 0.5].map((d) => 1 / (1 + Math.exp(-1.7 * (ability - d))))
        expect(mode).toBe((p[0] + p[1]) / 2 < 0.5 ? 'cooperate' : 'compete')
        modes.add(mode)
        difficulties.add(difficulty)
      })
      // Every question of bo's, and none of ada's.
      expect(metrics['ilr/judge_unread']).toBe(questions.length)
    })
    expect([...modes].sort()).toEqual(['compete', 'cooperate'])
    expect(difficulties.size).toBeGreaterThan(2)
  }, 120_000)
})

describe('the length of a chat model’s answers', () => {
  const stages = (requests: readonly GenerateRequest[]) => new Set(requests.map((r) => r.maxNewTokens))

  it('is the task’s own without the setting, and nothing is cut', async () => {
    const { events, asked, warnings } = await run({ ada: RANKING, bo: RANKING }, {})
    expect(stages(asked.get('ada') ?? [])).toEqual(new Set([256]))
    const [{ metrics }] = ofType(events, 'step')
    expect(metrics['completions/clipped_ratio']).toBe(0)
    expect(metrics['completions/max_length']).toBe(RANKING.length + 1)
    expect(ofType(events, 'exchange')[0].exchange.peers.ada[0].text).toBe(RANKING.join(''))
    expect(warnings.filter((text) => text.includes('cut'))).toEqual([])
  }, 120_000)

  it('is maxCompletionLength in every stage; a run whose ideas it cuts says so', async () => {
    const { events, asked, warnings } = await run({ ada: RANKING, bo: RANKING }, { maxCompletionLength: 5 })
    expect(stages(asked.get('ada') ?? [])).toEqual(new Set([5]))
    const [{ metrics }] = ofType(events, 'step')
    expect(metrics['completions/clipped_ratio']).toBe(1)
    expect(metrics['completions/max_length']).toBe(5)
    expect(metrics['ilr/correct_share/ada']).toBe(0)
    expect(warnings.filter((text) => text.includes('cut'))).toEqual(
      ['ada', 'bo'].map(
        (id) =>
          `${id}: the length limit cut 8 of 8 ideas, 8 of 8 analyses, 8 of 8 joint answers; set maxCompletionLength to more than 5`,
      ),
    )
  }, 120_000)

  it('may be exactly that of the answer with its end', async () => {
    const { events, warnings } = await run(
      { ada: RANKING, bo: RANKING },
      { maxCompletionLength: RANKING.length + 1 },
    )
    expect(ofType(events, 'step')[0].metrics['completions/clipped_ratio']).toBe(0)
    expect(warnings.filter((text) => text.includes('cut'))).toEqual([])
  }, 120_000)
})
