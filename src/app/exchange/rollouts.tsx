import type { RolloutGroup } from '../../ilr/events'
import { fixed, signed } from '../format'
import { Table } from '../table'
import { tinted } from '../tokens/token_text'

interface Props {
  /** Null until the step is done, and in runs that were saved without. */
  readonly group: RolloutGroup | null
  readonly label: string
}

/** Every try of a peer on the question: its reward before and after calibration, and how it compares with the others. */
export function Rollouts({ group, label }: Props) {
  if (group === null)
    return <p class="hint">All tries are shown once the step is done. Some older runs have none.</p>
  const { rewards, correct, calibrated, advantages } = group
  const largest = Math.max(...advantages.map(Math.abs))
  return (
    <div class="rollouts">
      <p>
        <strong>
          All {rewards.length} tries{largest === 0 ? ' scored the same' : ''}
        </strong>
      </p>
      <p class="hint">
        {largest === 0
          ? 'No try is better than the others: every advantage is 0, and nothing is learned from them.'
          : 'The same question, tried again and again. The update makes tries above the average likelier, and those below it rarer.'}
      </p>
      <Table
        class="numbers"
        aria-label={`All tries of ${label}`}
        columns={[
          'try',
          'reward',
          <span title="the reward, moved by how the other peers did on the same question">calibrated</span>,
          <span title="how much better than the rest of the group">advantage</span>,
        ]}
        rows={rewards.map((reward, k) => [
          <Try k={k} correct={correct[k]} />,
          fixed(reward),
          fixed(calibrated[k]),
          <span class="advantage" {...tinted((0.8 * advantages[k]) / (largest || 1))}>
            {signed(advantages[k])}
          </span>,
        ])}
      />
    </div>
  )
}

function Try({ k, correct }: { k: number; correct: boolean }) {
  return (
    <>
      {k + 1}
      <span class={correct ? 'up' : 'down'}>
        <span aria-hidden="true"> {correct ? '✓' : '✗'}</span>
        <span class="visually-hidden">{correct ? ', right' : ', wrong'}</span>
      </span>
      {k === 0 ? <span class="quiet"> this text</span> : null}
    </>
  )
}
