import { clipOf, importanceRatios, TOKEN_KIND } from '../../grpo/grpo_loss'
import type { LossOptions } from '../../grpo/types'
import type { TrainSequence, WatchedSequence } from '../peer'

/**
 * Returns a sequence's values in the loss.
 * @param logprobs under the policy at that moment
 */
export function lossOf(
  { oldLogprobs, advantage, ids }: TrainSequence,
  logprobs: Float32Array,
  options: LossOptions,
): NonNullable<WatchedSequence['loss']> {
  const ratios = importanceRatios(
    {
      offsets: Uint32Array.of(0, ids.length),
      kind: new Uint32Array(ids.length).fill(oldLogprobs ? TOKEN_KIND.onPolicy : TOKEN_KIND.replayed),
      logp: logprobs,
      old: Float32Array.from(oldLogprobs ?? logprobs),
    },
    options.importanceSamplingLevel,
  )
  return { logprobs, ratios, clips: Array.from(ratios, (ratio) => clipOf(ratio, advantage, options)) }
}

/**
 * Joins the reports of several optimizer steps on one sequence: its first logprobs in the loss, the last
 * loss's ratios and clips, and its last logprobs.
 */
export function joinedWatch(steps: readonly WatchedSequence[]): WatchedSequence {
  const [first, last] = [steps[0], steps[steps.length - 1]]
  const loss = first.loss && last.loss && { ...last.loss, logprobs: first.loss.logprobs }
  return { loss, logprobs: last.logprobs }
}
