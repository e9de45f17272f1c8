/** Writes kept events as JSON Lines, reads them, and checks them. */

import type { RunConfig } from '../../config/config'
import { z } from '../../schema'
import { chainName, checkedBy, checkPeers, count, damaged, parsedJson, perPeer, sha256, share } from './field'
import type { KeptEvent } from './run_record'

const finite = z.number()
/** An accuracy of no questions is NaN, which JSON writes as null. */
const accuracy = share.nullable().transform((value) => value ?? Number.NaN)
const stage = z.enum(['share', 'analyze', 'fuse'])
const mode = z.enum(['cooperate', 'compete']).nullable()

const question = z.strictObject({
  id: z.string(),
  text: z.string(),
  answer: z.string(),
  skill: z.string(),
  level: finite,
  steps: z.array(z.string()),
})
const reward = z.strictObject({
  total: finite,
  correct: z.boolean(),
  parts: z.record(z.string(), finite),
})
const numbers = z.array(finite)
const tokens = z
  .strictObject({
    thoughts: count,
    lengths: z.array(count),
    stopped: z.boolean(),
    logprobs: numbers,
    ratios: z.union([finite, numbers]).optional(),
    clipped: z.array(count).optional(),
    gains: numbers.optional(),
  })
  .refine(
    ({ lengths, logprobs, ratios, gains }) =>
      [logprobs, ratios, gains].every((list) => !Array.isArray(list) || list.length === lengths.length),
    'a number for every token',
  )
const group = z
  .strictObject({
    rewards: numbers,
    correct: z.array(z.boolean()),
    calibrated: numbers,
    advantages: numbers,
  })
  .refine(
    ({ rewards, ...others }) => Object.values(others).every((list) => list.length === rewards.length),
    'a number for every rollout',
  )
const stageText = z.strictObject({
  stage,
  prompt: z.string(),
  text: z.string(),
  reward,
  calibratedReward: finite,
  advantage: finite,
  tokens: tokens.optional(),
  group: group.optional(),
})

const judgement = perPeer(z.strictObject({ ability: share, difficulty: share, p: share }))
const bySkill = perPeer(z.record(z.string(), accuracy))

const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('exchange'),
    step: count,
    exchange: z.strictObject({ question, mode, judgement, peers: perPeer(z.array(stageText).max(3)) }),
  }),
  z.strictObject({
    type: z.literal('step'),
    step: count,
    metrics: z.record(z.string(), finite),
    questions: z.array(
      z.strictObject({
        id: z.string(),
        skill: z.string(),
        level: finite,
        mode,
        judgement,
        disagreement: z.boolean(),
      }),
    ),
    digest: sha256.optional(),
    chain: chainName.optional(),
  }),
  z.strictObject({
    type: z.literal('eval'),
    step: count,
    solo: perPeer(accuracy),
    skills: bySkill,
    readings: bySkill.optional(),
    idea3: perPeer(accuracy).optional(),
    debate: perPeer(accuracy).optional(),
    sampled: bySkill.optional(),
    vote: accuracy.optional(),
    ood: perPeer(accuracy).optional(),
    n: z.int().min(1),
    trainedTokens: count,
    generatedTokens: count,
    seconds: z.number().min(0),
  }),
]) satisfies z.ZodType<KeptEvent>

/**
 * Returns the per-peer records of an event, by field. An empty judgement means that nothing was judged, so it
 * is left out.
 */
function perPeerFields(event: KeptEvent): Record<string, object | undefined> {
  const judged = (of: object) => (Object.keys(of).length === 0 ? undefined : of)
  switch (event.type) {
    case 'exchange': {
      const { judgement, peers } = event.exchange
      return { 'exchange.judgement': judged(judgement), 'exchange.peers': peers }
    }
    case 'step':
      return Object.fromEntries(
        event.questions.map((one, q) => [`questions.${q}.judgement`, judged(one.judgement)]),
      )
    case 'eval': {
      const { solo, skills, readings, idea3, debate, sampled, ood } = event
      return { solo, skills, readings, idea3, debate, sampled, ood }
    }
  }
}

/** Writes an event as one line, with its line break. */
export function eventLine(event: KeptEvent): string {
  return `${JSON.stringify(event)}\n`
}

/**
 * Reads the events of a run of this configuration up to step `last`.
 * @throws ColloquyError `storage` naming the line and the field at fault
 */
export function readEventLines(text: string, part: string, config: RunConfig, last: number): KeptEvent[] {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw damaged(part, '', 'a truncated last line', 'complete lines')
  let before: KeptEvent | null = null
  const peers = config.peers.map(({ id }) => id)
  const events = lines.map((line, i) => {
    const where = `${part} line ${i + 1}`
    const event = checkedBy(eventSchema, parsedJson(line, where), where)
    checkPeers(peers, perPeerFields(event), where)
    const problem = misplaced(event, before, last)
    if (problem !== null) throw damaged(where, 'step', `${event.type} of step ${event.step}`, problem)
    before = event
    return event
  })
  const steps = events.filter(({ type }) => type === 'step').length
  if (steps !== last) throw damaged(part, '', `${steps} steps`, `the ${last} steps that its state says`)
  return events
}

/**
 * Returns what should stand in place of an event, or null where it is right. Each step has its discussion,
 * its numbers, then any evaluations. Runs that Colloquy 0.1 stored before it had run files lack the
 * discussions.
 */
function misplaced(event: KeptEvent, before: KeptEvent | null, last: number): string | null {
  const [at, open] = [before?.step ?? 0, before?.type === 'exchange']
  if (event.step > last) return `nothing after step ${last}`
  if (event.type === 'eval') return !open && event.step === at ? null : `an evaluation after step ${at}`
  const due = open ? at : at + 1
  if (event.step !== due || (open && event.type === 'exchange')) return `step ${due}`
  return null
}
