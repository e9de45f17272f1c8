import type { RunConfig } from '../../config/config'
import { compact, percent } from '../format'
import { LongName, peerNames, Table } from '../parts'
import type { StepEvent, Warning } from '../state'

export function MetricsPanel({ shown, config }: { shown: StepEvent | undefined; config: RunConfig }) {
  const peers = config.peers.map(({ id }) => id)
  return (
    <section class="card stack metrics" aria-labelledby="metrics-title">
      <h2 id="metrics-title">Numbers of {shown === undefined ? 'the latest step' : `step ${shown.step}`}</h2>
      {shown === undefined ? (
        <p class="hint">Shown after the first step.</p>
      ) : (
        <Table
          class="numbers"
          aria-labelledby="metrics-title"
          columns={['number', 'all', ...peerNames(peers)]}
          rows={metricRows(shown.metrics, peers).map(({ name, meaning, all, perPeer }) => [
            <>
              <code>
                <LongName>{name}</LongName>
              </code>
              <p class="hint">{meaning}</p>
              {Object.hasOwn(REASONS, name) ? (
                <Reason reason={reasonFor(name, shown.metrics, config)} />
              ) : null}
            </>,
            ...[all, ...perPeer].map((value) => (value === undefined ? '' : compact(value))),
          ])}
        />
      )}
    </section>
  )
}

/** Its room is kept where there is nothing to explain, so that nothing moves from step to step. */
function Reason({ reason }: { reason: Remark | null }) {
  return (
    <details class="metric-reason" data-shown={reason !== null}>
      <summary>{reason?.question ?? '–'}</summary>
      <p>{reason?.answer}</p>
    </details>
  )
}

export function WarningList({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <section class="card stack warnings" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Warnings</h2>
      {warnings.length === 0 ? (
        <p class="hint">None so far.</p>
      ) : (
        <ul class="stack">
          {warnings.map(({ step, message, count }, index) => (
            <li key={index}>
              <span class="tag">step {step}</span> {message}
              {count > 1 ? ` (${count} times)` : ''}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** What the metrics mean, in reading order. Names are TRL's; ours begin with `ilr/`. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['reward', 'mean reward of the rollouts'],
  ['reward_std', 'spread of the rewards within groups'],
  ['frac_reward_zero_std', 'share of groups whose rewards are all equal: they teach nothing'],
  ['ilr/zero_variance_groups', 'how many groups that are'],
  ['rewards/correct/mean', 'share of right answers'],
  ['rewards/correct/std', 'spread of that over the rollouts'],
  ['rewards/format/mean', 'share of well-formed answers'],
  ['rewards/format/std', 'spread of that over the rollouts'],
  ['rewards/steps/mean', 'share of right steps'],
  ['rewards/steps/std', 'spread of that over the rollouts'],
  ['ilr/correct_share', 'right ideas'],
  ['ilr/correct_analyze', 'right analyses'],
  ['ilr/correct_fuse', 'right final answers'],
  ['loss', 'value of the training objective'],
  ['grad_norm', 'size of the gradient, before clipping'],
  ['learning_rate', 'step size of the optimizer'],
  ['kl', 'distance to the untrained peer'],
  ['entropy', 'how undecided the peers are, in nats per token'],
  ['clip_ratio/low_mean', 'tokens held back from becoming much rarer'],
  ['clip_ratio/high_mean', 'tokens held back from becoming much likelier'],
  ['clip_ratio/region_mean', 'tokens held back in all'],
  ['ilr/ability', 'ability γ, measured on validation questions'],
  ['ilr/difficulty', 'mean difficulty D of the questions'],
  [
    'ilr/difficulty_auc',
    'how well D finds the questions that a peer mostly gets wrong: 1 always, 0.5 by chance',
  ],
  ['ilr/p', 'mean P(solves)'],
  ['ilr/discussed_share', 'share of questions that were discussed'],
  ['ilr/cooperation_share', 'share of these that were discussed together'],
  ['ilr/mode_disagreement', 'share of questions on which the peers wanted different modes'],
  ['ilr/judge_unread', 'answers of the judge that could not be read'],
  ['ilr/misquoted', 'share of analyses that quote a step which the idea does not have'],
  ['ilr/resampled', 'questions drawn again, since nothing could be learned from them'],
  ['ilr/calibration_shift', 'how far calibration moved the advantages'],
  ['ilr/calibration_relative_shift', 'the same as a share of the advantages, mean over groups'],
  ['ilr/calibration_moved', 'share of groups with an advantage that it moved by more than 0.001'],
  ['ilr/calibration_clipped', 'share of calibration terms at their limit'],
  ['ilr/replayed', 'right fused answers learned on the bare question'],
  ['ilr/trained_tokens', 'tokens learned from'],
  ['ilr/generated_tokens', 'tokens written'],
  ['ilr/tokens/share', 'of these, in stage share'],
  ['ilr/tokens/analyze', 'in stage analyze'],
  ['ilr/tokens/fuse', 'in stage fuse'],
  ['ilr/prompt_tokens/share', 'tokens read for them in stage share'],
  ['ilr/prompt_tokens/analyze', 'in stage analyze'],
  ['ilr/prompt_tokens/fuse', 'in stage fuse'],
  ['ilr/skipped_updates', 'updates left out because a number was not finite'],
  ['completions/mean_length', 'tokens per answer'],
  ['completions/min_length', 'shortest answer, in tokens'],
  ['completions/max_length', 'longest answer, in tokens'],
  ['completions/overlong', 'answers cut off at the length limit'],
  ['completions/clipped_ratio', 'share of answers that were'],
  ['num_tokens', 'tokens so far'],
  ['step_time', 'seconds per step'],
  ['ilr/seconds/share', 'of these, in which ideas were written'],
  ['ilr/seconds/analyze', 'in which they were analyzed'],
  ['ilr/seconds/fuse', 'in which answers were fused'],
  ['ilr/seconds/update', 'in which the peers learned'],
  ['sampling/sampling_logp_difference/mean', 'trainer against sampler: should be float noise'],
  ['sampling/sampling_logp_difference/max', 'the same, at its largest'],
])

const OF_DISCUSSION = 'ilr/discussion/'

/** An adapter that writes only discussions has the metrics of any other, under names of its own. */
function meaningOf(name: string): string {
  if (!name.startsWith(OF_DISCUSSION)) return MEANINGS.get(name) ?? ''
  const plain = name.slice(OF_DISCUSSION.length)
  const meaning = MEANINGS.get(plain) ?? MEANINGS.get(`ilr/${plain}`)
  return meaning === undefined ? '' : `${meaning}, of the adapter that writes discussions`
}

/**
 * Listed metrics first, the others by name, without a meaning. `reward/ada` is peer ada's column of `reward`, which has a
 * number for all peers together, too.
 */
export function metricRows(metrics: Readonly<Record<string, number | undefined>>, peers: readonly string[]) {
  const names = new Set(Object.keys(metrics).map((name) => withoutPeer(name, peers)))
  const others = [...names].filter((name) => !MEANINGS.has(name)).sort()
  return [...MEANINGS.keys(), ...others]
    .filter((name) => names.has(name))
    .map((name) => ({
      name,
      meaning: meaningOf(name),
      all: metrics[name],
      perPeer: peers.map((peer) => metrics[`${name}/${peer}`]),
    }))
}

function withoutPeer(name: string, peers: readonly string[]): string {
  const peer = peers.find((id) => name.endsWith(`/${id}`))
  return peer === undefined ? name : name.slice(0, -peer.length - 1)
}

/** For numbers that look as if something had gone wrong: why nothing has. */
type Remark = Readonly<{ question: string; answer: string }>

type Explanation = (
  metrics: Readonly<Record<string, number>>,
  config: Pick<RunConfig, 'numIterations' | 'beta'>,
) => Remark | null

/** Below this a loss is small beside advantages, which are about 1. */
const NEAR_ZERO = 0.1

const REASONS: Readonly<Record<string, Explanation>> = {
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

/** Explains a surprising value of a metric; null for any other. */
export function reasonFor(
  name: string,
  metrics: Parameters<Explanation>[0],
  config: Parameters<Explanation>[1],
): Remark | null {
  return Object.hasOwn(REASONS, name) ? REASONS[name](metrics, config) : null
}
