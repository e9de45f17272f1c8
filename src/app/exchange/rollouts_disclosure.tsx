import type { RolloutGroup } from '../../ilr/events'
import { fixed, signed } from '../format'

interface Props {
  /** Null until it is known, and in runs that were kept without. */
  readonly group: RolloutGroup | null
  /** Whose of which stage, for who hears it. */
  readonly label: string
}

/** Every try of a peer on the question: what it was rewarded with, before and after calibration, and how it compares. */
export function RolloutsDisclosure({ group, label }: Props) {
  return (
    <details class="rollouts">
      <summary>{group === null ? 'All rollouts' : summaryOf(group)}</summary>
      {group === null ? (
        <p class="hint">Shown once the step is done; some older runs were kept without.</p>
      ) : (
        <>
          <p class="hint">{meaningOf(group)}</p>
          <table aria-label={`All rollouts of ${label}`}>
            <thead>
              <tr>
                <th scope="col">rollout</th>
                <th scope="col">reward</th>
                <th scope="col" title="the reward, moved by how the other peers did on the same question">
                  calibrated
                </th>
                <th scope="col" class="advantage" title="how much better than the rest of the group">
                  advantage
                </th>
              </tr>
            </thead>
            <tbody>
              {group.rewards.map((reward, k) => (
                <Rollout key={k} group={group} k={k} reward={reward} />
              ))}
            </tbody>
          </table>
        </>
      )}
    </details>
  )
}

function Rollout({ group, k, reward }: { group: RolloutGroup; k: number; reward: number }) {
  const { correct, calibrated, advantages } = group
  const largest = Math.max(...advantages.map(Math.abs))
  return (
    <tr>
      <th scope="row">
        {k + 1}
        <span class={correct[k] ? 'up' : 'down'}>
          <span aria-hidden="true"> {correct[k] ? '✓' : '✗'}</span>
          <span class="visually-hidden">{correct[k] ? ', right' : ', wrong'}</span>
        </span>
        {k === 0 ? <span class="quiet"> above</span> : null}
      </th>
      <td>{fixed(reward)}</td>
      <td>{fixed(calibrated[k])}</td>
      <td
        class="advantage"
        data-moved={advantages[k] < 0 ? 'down' : 'up'}
        style={{
          '--strength': `${largest === 0 ? 0 : Math.round((Math.abs(advantages[k]) / largest) * 80)}%`,
        }}
      >
        {signed(advantages[k])}
      </td>
    </tr>
  )
}

function teachesNothing({ advantages }: RolloutGroup): boolean {
  return advantages.every((advantage) => advantage === 0)
}

function summaryOf(group: RolloutGroup): string {
  const count = group.rewards.length
  return teachesNothing(group) ? `All ${count} rollouts: equal` : `All ${count} rollouts`
}

function meaningOf(group: RolloutGroup): string {
  return teachesNothing(group)
    ? 'All tries earned the same, so none is better than the others: every advantage is 0, the loss too, and nothing is learned from them.'
    : 'The same question, tried again and again. What did better than the group’s average is made likelier, what did worse rarer.'
}
