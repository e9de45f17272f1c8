import { comparedGains, type Gain, type TestedRun } from '../../runs/comparison'
import { compact, percent, signed } from '../format'
import type { EvalEvent } from '../state'

interface Tested extends TestedRun {
  readonly evals: readonly EvalEvent[]
}

/** What both runs came to: accuracy alone, of every peer and on average, and what it took. */
export function GainTable({ one, other }: { one: Tested; other: Tested }) {
  const [mine, theirs] = [one.evals.at(-1), other.evals.at(-1)]
  return (
    <table>
      <caption>Right when answering alone, first test → last test; ahead in points</caption>
      <thead>
        <tr>
          <th scope="col">Peer</th>
          <th scope="col">This run{upTo(mine)}</th>
          <th scope="col">The other{upTo(theirs)}</th>
          <th scope="col">Ahead</th>
        </tr>
      </thead>
      <tbody>
        {comparedGains(one, other).map(({ peer, one: gain, other: theirGain, ahead }) => (
          <tr key={peer}>
            <th scope="row">{peer ?? 'mean'}</th>
            <td>{gainText(gain)}</td>
            <td>{gainText(theirGain)}</td>
            <td>{signed(ahead === null ? null : ahead * 100, 0)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">tokens written</th>
          <td>{mine === undefined ? '–' : compact(mine.generatedTokens)}</td>
          <td>{theirs === undefined ? '–' : compact(theirs.generatedTokens)}</td>
          <td />
        </tr>
      </tfoot>
    </table>
  )
}

function upTo(latest: EvalEvent | undefined): string {
  return latest === undefined ? '' : `, step ${latest.step}`
}

/** On a narrow screen it breaks behind the arrow only. */
function gainText(gain: Gain | null): string {
  if (gain === null) return '–'
  const whole = (accuracy: number) => percent(accuracy).replace(' ', '\u00a0')
  return gain.after === null ? whole(gain.before) : `${whole(gain.before)}\u00a0→ ${whole(gain.after)}`
}
