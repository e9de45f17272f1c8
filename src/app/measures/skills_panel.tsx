import { useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import { percent, signed } from '../format'
import { peerColour } from '../peer_colour'
import type { EvalEvent } from '../state'
import { storyOf } from '../stories'
import { latestTest, type SkillRow, skillRows } from './skills'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly config: RunConfig
  /** The step that is pinned; null where the latest test is shown. */
  readonly pinned: number | null
}

/** What each peer can do alone: one bar for each skill, with what it lost since the first test. */
export function SkillsPanel({ evals, config, pinned }: Props) {
  const [pointed, setPointed] = useState<string | null>(null)
  const peers = config.peers.map(({ id }) => id)
  const now = latestTest(evals, pinned)
  const rows = skillRows(config.task, peers, evals.at(0), now)
  const example = rows.find(({ name }) => name === pointed)?.example ?? ''
  return (
    <section class="card skills" aria-labelledby="skills-title">
      <div class="chart-head">
        <h2 id="skills-title">Skills</h2>
        <p class="tag skills-step" data-pinned={pinned !== null}>
          {now === undefined ? 'before the first test' : `tested at step ${now.step}`}
        </p>
      </div>
      <table data-many={peers.length > 2} style={{ '--peers': peers.length }}>
        <caption class="visually-hidden">Right alone by skill, and change since the first test</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">skill</span>
            </th>
            {peers.map((peer, index) => (
              <th key={peer} scope="col" class="peer-name" style={{ '--peer': `var(${peerColour(index)})` }}>
                {peer}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">
                {row.example === '' ? (
                  row.name
                ) : (
                  <button
                    type="button"
                    class="text-button skill-name"
                    aria-describedby="skills-note"
                    onPointerEnter={() => setPointed(row.name)}
                    onPointerLeave={() => setPointed(null)}
                    onFocus={() => setPointed(row.name)}
                    onBlur={() => setPointed(null)}
                  >
                    {row.name}
                  </button>
                )}
              </th>
              {row.perPeer.map((change, index) => (
                <SkillCell key={peers[index]} index={index} {...change} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div class="skills-note" id="skills-note">
        <div data-covered={example !== ''}>
          <Lacks config={config} />
        </div>
        {example === '' ? null : <p>“{example}”</p>}
      </div>
    </section>
  )
}

/** What each embedded peer could not do before it learned. */
function Lacks({ config: { preset, peers } }: { config: RunConfig }) {
  const lacks = storyOf(preset)?.lacks ?? {}
  return (
    <>
      {peers.map(({ id, source }, index) =>
        // A visitor may have given the name to another model.
        id in lacks && source === `models/${id}` ? (
          <p key={id}>
            At first{' '}
            <span style={{ '--peer': `var(${peerColour(index)})` }} class="peer-name">
              {id}
            </span>{' '}
            {lacks[id]}.
          </p>
        ) : null,
      )}
    </>
  )
}

type Change = SkillRow['perPeer'][number]

/** The bar is today's accuracy; what was lost since the first test stays visible as a hatched ghost. */
function SkillCell({ index, before, now }: Change & { index: number }) {
  const points = before === null || now === null ? 0 : Math.round((now - before) * 100)
  const width = (share: number | null) => ({ width: `${(share ?? 0) * 100}%` })
  return (
    <td style={{ '--peer': `var(${peerColour(index)})` }}>
      <div class="skill">
        <div class="skill-bar" aria-hidden="true">
          <div class="skill-had" style={width(before)} />
          <div class="skill-has" style={width(now)} />
        </div>
        <span class="skill-now">{percent(now ?? undefined)}</span>{' '}
        <span class={points < 0 ? 'skill-change down' : 'skill-change up'}>
          {points === 0 ? '' : signed(points, 0)}
        </span>
      </div>
    </td>
  )
}
