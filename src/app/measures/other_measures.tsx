import { percent } from '../format'
import { peerColour } from '../peer_colour'
import type { EvalEvent } from '../state'

/** What the latest test measured beside the greedy solo answers and the discussion; nothing where that is nothing. */
export function OtherMeasures({ latest, peers }: { latest: EvalEvent; peers: readonly string[] }) {
  const rows = measuresOf(latest, peers)
  if (rows.length === 0) return null
  return (
    <table class="other-measures">
      <caption class="hint">measured too, at step {latest.step}</caption>
      <tbody>
        {rows.map(({ name, perPeer, all }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {perPeer === null ? (
              <td colSpan={peers.length}>{percent(all)}</td>
            ) : (
              perPeer.map((value, index) => (
                <td key={peers[index]} style={{ color: `var(${peerColour(index)})` }}>
                  <span class="visually-hidden">{peers[index]} </span>
                  {percent(value)}
                </td>
              ))
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface Measure {
  readonly name: string
  /** In the order of the peers, or null where there is one number for all of them. */
  readonly perPeer: readonly (number | undefined)[] | null
  readonly all?: number
}

/** The methods beside `idea3`, which has its own curve. */
export function measuresOf({ debate, sampled, ood, vote }: EvalEvent, peers: readonly string[]): Measure[] {
  const measures: Measure[] = []
  if (debate) measures.push({ name: 'after a debate', perPeer: peers.map((peer) => debate[peer]) })
  if (sampled) {
    const mean = (bySkill: Readonly<Record<string, number>> = {}) => {
      const values = Object.values(bySkill)
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    measures.push({ name: 'sampled, alone', perPeer: peers.map((peer) => mean(sampled[peer])) })
  }
  if (vote !== undefined) measures.push({ name: 'vote of all', perPeer: null, all: vote })
  if (ood) measures.push({ name: 'harder questions', perPeer: peers.map((peer) => ood[peer]) })
  return measures
}
