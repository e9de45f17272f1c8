import { cos } from '../exact_math'
import { deriveKey, type Key, Stream } from '../random'
import { mixed } from '../tasks/mixed'
import type { Task } from '../tasks/task'
import { halves, wordProblems } from '../tasks/word_problems'
import {
  checkDrill,
  copyDrill,
  type Document,
  discussionDocument,
  equationDrill,
  mergeDrill,
  soloDocument,
  type TextEncoder,
} from './documents'
import { mixedDocument } from './mixed_documents'
import type { PeerProfile } from './profiles'

/** The steps of one task's corpus. */
interface Shape {
  /** Approximate tokens per optimizer step. Documents of similar length share a batch, so there is little padding. */
  readonly batch: number
  /** Approximate tokens of a document with a discussion. */
  readonly discussion: number
  /** Shares of steps with discussions: in the drill phase, and after it. */
  readonly discussing: readonly [drilling: number, later: number]
}

const SHAPES: ReadonlyMap<Task, Shape> = new Map<Task, Shape>([
  [wordProblems, { batch: 2400, discussion: 165, discussing: [0.15, 0.55] }],
  [halves, { batch: 2400, discussion: 220, discussing: [0.15, 0.55] }],
  // Here peers copy and check from the start: a copy is hard to learn once arithmetic answers every equals sign.
  [mixed, { batch: 2400, discussion: 190, discussing: [0.5, 0.65] }],
])
const SHORT_DOCUMENT = 55

/** Share of steps at the start that drill arithmetic; the other steps have questions and discussions. */
const DRILL_PHASE = 0.3

/** Returns the documents of one optimizer step. `progress` in [0, 1) is the position in the schedule. */
export function batch(
  profile: PeerProfile,
  encoder: TextEncoder,
  key: Key,
  step: number,
  progress: number,
): Document[] {
  const shape = SHAPES.get(profile.task)
  if (!shape) throw new RangeError(`no corpus of ${profile.task.name}`)
  const stream = new Stream(deriveKey(key, step))
  const drilling = progress < DRILL_PHASE
  const discussing = stream.uniform() < shape.discussing[drilling ? 0 : 1]
  const inParts = profile.task === halves
  const count = Math.round(shape.batch / (discussing ? shape.discussion : SHORT_DOCUMENT))
  return Array.from({ length: count }, () => {
    if (profile.task === mixed) return mixedDocument(profile, encoder, stream, { discussing, drilling })
    const draw = stream.uniform()
    if (discussing) {
      if (draw < 0.15) return inParts ? mergeDrill(encoder, stream) : copyDrill(encoder, stream)
      if (draw < 0.25) return checkDrill(encoder, stream)
      const extent = draw < 0.33 ? 'debate' : draw < 0.45 ? 'analysis' : 'whole'
      return discussionDocument(profile, encoder, stream, extent)
    }
    return draw < (drilling ? 0.75 : 0.3)
      ? equationDrill(encoder, stream)
      : soloDocument(profile, encoder, stream)
  })
}

/** Learning rate: linear warm-up, then a half cosine down to a twentieth of the peak. */
export function learningRateAt(step: number, steps: number, peak: number): number {
  const warmUp = Math.min(100, steps / 10)
  if (step < warmUp) return (peak * (step + 1)) / warmUp
  const rest = (step - warmUp) / Math.max(1, steps - warmUp)
  return peak * (0.05 + 0.95 * 0.5 * (1 + cos(Math.PI * rest)))
}
