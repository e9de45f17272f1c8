import { cos } from '../exact_math'
import { deriveKey, type Key, Stream } from '../random'
import { halves } from '../tasks/word_problems'
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
import type { PeerProfile } from './profiles'

/**
 * Approximate tokens per optimizer step. Documents of similar length share a batch, so there is little
 * padding.
 */
const BATCH_TOKENS = 2400
const DOCUMENT_TOKENS = { short: 55, long: { 'word-problems': 165, halves: 220 } }

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
  const stream = new Stream(deriveKey(key, step))
  const drilling = progress < DRILL_PHASE
  const discussing = stream.uniform() < (drilling ? 0.15 : 0.55)
  const inParts = profile.task === halves
  const { short, long } = DOCUMENT_TOKENS
  const length = discussing ? long[inParts ? 'halves' : 'word-problems'] : short
  const count = Math.round(BATCH_TOKENS / length)
  return Array.from({ length: count }, () => {
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
