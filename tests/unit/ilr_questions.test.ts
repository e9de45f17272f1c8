import { describe, expect, it } from 'vitest'
import type { RunConfig } from '../../src/config/config'
import type { Question, Split } from '../../src/tasks/task'
import { type DigitTask, digitTask, numbersOf, splitOfNumber } from './ilr_digits'
import { promptOf } from './ilr_expected'
import { asksForOrder, eventsOf, ofType, type Script, scriptedRun, tinyConfig } from './ilr_scripted'

/** All settings that ask questions, for every method and both judges. */
const settings: Partial<RunConfig>[] = [
  { method: 'ilr', difficultyJudge: 'confidence' },
  { method: 'ilr', difficultyJudge: 'prompt' },
  { method: 'solo' },
  { method: 'share-only' },
].map((one) => ({
  ...(one as Partial<RunConfig>),
  steps: 6,
  resampleZeroVariance: 2,
  loadBestModelAtEnd: true,
  earlyStoppingPatience: 2,
  evalMethods: ['idea3', 'sampled', 'vote', 'debate', 'ood'],
}))
/** Accuracy rises, then falls: the best is not the last, and the run stops early. */
const rise: Script = { course: (_, updates) => (updates < 3 ? 0.8 + updates / 20 : 0.5), unreadable: 2 }

function splitsOf(prompt: string): Set<Split> {
  return new Set(numbersOf(prompt).map(splitOfNumber))
}
/** Returns the digit task with other answers in some splits. */
function changed(splits: readonly Split[]): DigitTask {
  const answer = (question: Question): Question =>
    splits.includes(splitOfNumber(Number(question.id.slice(1))))
      ? { ...question, answer: String((Number(question.answer) + 1) % 10) }
      : question
  return { ...digitTask, questions: (split, key, n) => digitTask.questions(split, key, n).map(answer) }
}

describe.each(settings)('questions of a run with $method, judged by $difficultyJudge', (setting) => {
  const config = tinyConfig(setting)
  const judged = config.method === 'ilr' && config.difficultyJudge === 'prompt'

  it('are from the training split where they are trained on', async () => {
    const { run, peers } = scriptedRun(config, rise)
    await eventsOf(run)
    const trained = peers.flatMap(({ updates }) => updates.flatMap(({ sequences }) => sequences))
    expect(trained.length).toBeGreaterThan(0)
    for (const one of trained) expect([...splitsOf(promptOf(one))]).toEqual(['train'])
  })

  it('are from one split in every call', async () => {
    const { run, peers } = scriptedRun(config, rise)
    const events = await eventsOf(run)
    const measurements = ofType(events, 'progress').filter(
      ({ phase, peer, done, total }) => phase === 'ability' && peer === 'ada' && done === total,
    ).length
    expect(measurements).toBeGreaterThan(2)
    for (const { generated } of peers) {
      const alone = { train: 0, validation: 0, heldout: 0, ood: 0 }
      let orders = 0
      for (const { request } of generated) {
        const prompts = request.samples.map(({ prompt }) => prompt)
        if (asksForOrder(prompts[0])) {
          orders++
          const asked = prompts.flatMap((prompt) => numbersOf(prompt).map(splitOfNumber))
          // Training judges training questions; an evaluation judges held-out ones.
          expect(new Set(asked).size).toBe(1)
          const others = asked[0] === 'train' ? config.questionsPerStep - 1 : config.difficultyReferences
          expect(asked).toHaveLength(prompts.length * (others + 1))
          expect(['train', 'heldout']).toContain(asked[0])
        } else {
          const splits = new Set(prompts.flatMap((prompt) => [...splitsOf(prompt)]))
          expect([...splits]).toHaveLength(1)
          const [split] = splits
          alone[split]++
          // Greedy answers to training questions would be a measurement on them.
          if (split === 'train') expect(request.temperature).toBe(1)
        }
      }
      expect(alone.validation).toBe(measurements)
      const evals = ofType(events, 'eval').length
      // Greedy, analysis, fused, debate, sampled; and one ood call.
      expect(alone.heldout).toBe(5 * evals)
      expect(alone.ood).toBe(evals)
      expect(orders > 0).toBe(judged)
    }
  })

  it('that are held out change only the scores', async () => {
    const told = async (task: DigitTask) => {
      const { run, peers, saved } = scriptedRun(config, rise, null, task)
      const events = await eventsOf(run)
      return {
        scores: ofType(events, 'eval').map(({ solo, ood }) => ({ solo, ood })),
        rest: events.filter(({ type }) => type !== 'eval'),
        trained: peers.map(({ updates }) => updates),
        saved,
      }
    }
    const [one, other] = [await told(digitTask), await told(changed(['heldout', 'ood']))]
    expect(other.scores).not.toEqual(one.scores)
    expect(one.rest.at(-1)).toMatchObject({ type: 'done', reason: 'early-stop' })
    // Digest, best measurements and early stop are among them.
    expect(other.rest).toEqual(one.rest)
    expect(other.trained).toEqual(one.trained)
    expect(other.saved).toEqual(one.saved)
  })

  it('that are held out may be any number, at any interval', async () => {
    const trained = async (more: Partial<RunConfig>) => {
      const { run, peers, saved } = scriptedRun(tinyConfig({ ...setting, ...more }), rise)
      await eventsOf(run)
      return { updates: peers.map(({ updates }) => updates), adapters: saved.at(-1)?.adapters }
    }
    expect(await trained({ evalEvery: 1, evalSize: 3, evalMethods: [] })).toEqual(await trained({}))
  })

  it('of training and validation do not change the scores of untrained peers', async () => {
    const first = async (task: DigitTask) =>
      ofType(await eventsOf(scriptedRun(config, rise, null, task).run), 'eval')[0]
    const [one, other] = [await first(digitTask), await first(changed(['train']))]
    expect(other).toEqual(one)
    const { solo, skills, sampled, vote, debate, ood } = await first(changed(['validation']))
    expect({ solo, skills, sampled, vote, debate, ood }).toEqual({
      solo: one.solo,
      skills: one.skills,
      sampled: one.sampled,
      vote: one.vote,
      debate: one.debate,
      ood: one.ood,
    })
  })
})
