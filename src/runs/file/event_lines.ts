/** Kept events as JSON Lines, and what has to be true of them. */
import { z } from 'zod'
import type { RunConfig } from '../config'
import { checkedBy, damaged, parsedJson } from './field'
import { type PerPeer, perPeerOf } from './per_peer'
import type { KeptEvent } from './run_record'

const step = z.int().min(0)
const tokens = z.int().min(0)
const finite = z.number()
const share = z.number().min(0).max(1)
/** Nothing to be measured is not a number, which JSON writes as null. */
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
const stageText = z.strictObject({
  stage,
  prompt: z.string(),
  text: z.string(),
  reward,
  calibratedReward: finite,
  advantage: finite,
})

function eventSchema(ofPeers: PerPeer) {
  const judgement = z.union([
    z.strictObject({}),
    ofPeers(z.strictObject({ ability: share, difficulty: share, p: share })),
  ])
  const bySkill = ofPeers(z.record(z.string(), accuracy))
  return z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('exchange'),
      step,
      exchange: z.strictObject({ question, mode, judgement, peers: ofPeers(z.array(stageText).max(3)) }),
    }),
    z.strictObject({
      type: z.literal('step'),
      step,
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
    }),
    z.strictObject({
      type: z.literal('eval'),
      step,
      solo: ofPeers(accuracy),
      skills: bySkill,
      idea3: ofPeers(accuracy).optional(),
      debate: ofPeers(accuracy).optional(),
      sampled: bySkill.optional(),
      vote: accuracy.optional(),
      ood: ofPeers(accuracy).optional(),
      n: z.int().min(1),
      trainedTokens: tokens,
      generatedTokens: tokens,
      seconds: z.number().min(0),
    }),
  ]) satisfies z.ZodType<KeptEvent>
}

/** One line an event; each ends in a line break. */
export function eventLine(event: KeptEvent): string {
  return `${JSON.stringify(event)}\n`
}

/**
 * The events of a run of this configuration up to step `last`.
 * @throws ColloquyError `storage` naming the line and the field at fault
 */
export function readEventLines(text: string, part: string, config: RunConfig, last: number): KeptEvent[] {
  const schema = eventSchema(perPeerOf(config))
  const lines = text.split('\n')
  if (lines.pop() !== '') throw damaged(part, '', 'a last line that is cut off', 'lines that end')
  let before: KeptEvent | null = null
  const events = lines.map((line, i) => {
    const where = `${part} line ${i + 1}`
    const event = checkedBy(schema, parsedJson(line, where), where)
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
 * What should stand in place of an event, or null where it is right: each step has its discussion, its numbers, then perhaps
 * evaluations. Runs kept by Colloquy 0.1 before it had run files lack the discussions.
 */
function misplaced(event: KeptEvent, before: KeptEvent | null, last: number): string | null {
  const [at, open] = [before?.step ?? 0, before?.type === 'exchange']
  if (event.step > last) return `nothing after step ${last}`
  if (event.type === 'eval') return !open && event.step === at ? null : `an evaluation after step ${at}`
  const due = open ? at : at + 1
  if (event.step !== due || (open && event.type === 'exchange')) return `step ${due}`
  return null
}
