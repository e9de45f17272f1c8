/** Numbers that look as if something had gone wrong, and why nothing has. */
import type { RunConfig } from '../../runs/config'
import { percent } from '../format'

export interface MetricReason {
  readonly question: string
  readonly answer: string
}

type Reason = (
  metrics: Readonly<Record<string, number>>,
  config: Pick<RunConfig, 'numIterations' | 'beta'>,
) => MetricReason | null

/** Below this a loss is small beside advantages, which are about 1. */
const NEAR_ZERO = 0.1

const REASONS: Readonly<Record<string, Reason>> = {
  frac_reward_zero_std({ frac_reward_zero_std: share }) {
    if (!(share > 0)) return null
    const all = share === 1
    return {
      question: all ? 'Why all of them?' : 'Why so many?',
      answer: `In ${all ? 'all' : percent(share)} of the groups every answer earned the same. An advantage says how much better an answer is than the others of its group; where none is better, all are 0 and nothing is learned from them. A question that is too easy or too hard for a peer does that, and so do few rollouts per group.`,
    }
  },
  loss({ loss, frac_reward_zero_std: share }, { numIterations, beta }) {
    if (!(Math.abs(loss) < NEAR_ZERO)) return null
    if (loss === 0 && share === 1)
      return {
        question: 'Why 0?',
        answer:
          'In this step all groups are all-equal, so there was nothing to learn from: see frac_reward_zero_std.',
      }
    // Later updates on the same answers have ratios of their own, and a KL term its own value.
    if (numIterations > 1 || beta > 0) return null
    return {
      question: 'Why so close to 0?',
      answer:
        'With these settings it always is. Answers are learned from once, right after they were written, and the advantages of a group add up to 0: what speaks for some answers speaks against the others, and the sum is near 0. Its gradient is not, as grad_norm shows: right answers become likelier. So look at reward and accuracy, not at the loss, to see whether they learn.',
    }
  },
}

/** Metrics that may have something to be explained. */
export function isExplained(name: string): boolean {
  return Object.hasOwn(REASONS, name)
}

/** Why a metric of a step is as it is, where one may wonder; null where not. */
export function reasonFor(
  name: string,
  metrics: Parameters<Reason>[0],
  config: Parameters<Reason>[1],
): MetricReason | null {
  return isExplained(name) ? REASONS[name](metrics, config) : null
}
