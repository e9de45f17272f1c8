import { percent, signed } from '../format'
import { peerColour } from '../peer_colour'
import type { EvalEvent } from '../state'
import { OtherMeasures } from './other_measures'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly peers: readonly string[]
  /** The step that is pinned; null where the latest test is shown. */
  readonly pinned: number | null
}

/** Solo accuracy per peer and skill, at the step that is looked at, and how it changed since the first evaluation. */
export function SkillsPanel({ evals, peers, pinned }: Props) {
  const first = evals.at(0)
  const now = latestTest(evals, pinned)
  const skills = [...new Set(peers.flatMap((peer) => Object.keys(now?.skills[peer] ?? {})))].sort()
  return (
    <section class="card skills" aria-labelledby="skills-title">
      <h2 id="skills-title">Skills, alone</h2>
      {now === undefined || first === undefined ? (
        <p class="hint">Shown after the first test.</p>
      ) : (
        <table style={{ '--peers': peers.length }}>
          <caption class="hint">
            held-out accuracy at step {now.step}
            {pinned === null || pinned === now.step ? '' : `, the latest test before step ${pinned}`}
            {first.step === now.step ? '' : `, and its change since step ${first.step}`}
          </caption>
          <thead>
            <tr>
              <th scope="col">skill</th>
              {peers.map((peer, index) => (
                <th
                  key={peer}
                  scope="col"
                  class="peer-name"
                  style={{ '--peer': `var(${peerColour(index)})` }}
                >
                  {peer}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {skills.map((skill) => (
              <tr key={skill}>
                <th scope="row">{skill}</th>
                {peers.map((peer, index) => (
                  <SkillCell
                    key={peer}
                    index={index}
                    now={now.skills[peer]?.[skill]}
                    first={first.skills[peer]?.[skill]}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {now === undefined ? null : <OtherMeasures latest={now} peers={peers} />}
    </section>
  )
}

/** The latest test up to a step, or of all where that is null: not every step is tested. Undefined where there is none. */
export function latestTest(evals: readonly EvalEvent[], step: number | null): EvalEvent | undefined {
  return evals.findLast((test) => step === null || test.step <= step)
}

function SkillCell(props: { index: number; now: number | undefined; first: number | undefined }) {
  const { now, first } = props
  const change = now === undefined || first === undefined ? null : (now - first) * 100
  return (
    <td style={{ '--peer': `var(${peerColour(props.index)})`, '--now': now ?? 0, '--first': first ?? 0 }}>
      <div class="skill-bar" aria-hidden="true" />
      <span class="skill-now">{percent(now)}</span>{' '}
      <span class="quiet">{change === null || Math.abs(change) < 0.5 ? '' : signed(change, 0)}</span>
    </td>
  )
}
