import type { RolloutGroup } from '../../ilr/events'
import { fixed, signed } from '../format'

interface Props {
  /** Null until the step is done, and in runs that were saved without. */
  readonly group: RolloutGroup | null
  /** Accessible name: peer and stage. */
  readonly label: string
}

/** Every try of a peer on the question: its reward before and after calibration, and how it compares with the others. */
export function Rollouts({ group, label }: Props) {
  if (group === null)
    return <p class="hint">All tries are shown once the step is done. Some older runs have none.</p>
  const equal = group.advantages.every((advantage) => advantage === 0)
  return (
    <div class="rollouts">
      <p>
        <strong>
          {equal ? `All ${group.rewards.length} tries scored the same` : `All ${group.rewards.length} tries`}
        </strong>
      </p>
      <p class="hint">
        {equal
          ? 'No try is better than the others: every advantage is 0, and nothing is learned from them.'
          : 'The same question, tried again and again. The update makes tries above the average likelier, and those below it rarer.'}
      </p>
      <table class="numbers" aria-label={`All tries of ${label}`}>
        <thead>
          <tr>
            <th scope="col">try</th>
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
    </div>
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
        {k === 0 ? <span class="quiet"> this text</span> : null}
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
