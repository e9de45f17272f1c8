import { useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { percent, signed } from '../format'
import { inColour, PeerName, peerNames, Table } from '../parts'
import type { EvalEvent } from '../state'
import { storyOf } from '../stories'
import { latestTest, type SkillRow, skillRows } from './skills'

interface Props {
  readonly evals: readonly EvalEvent[]
  readonly config: RunConfig
  /** The step that is pinned; null where the latest test is shown. */
  readonly pinned: number | null
}

export function SkillsPanel({ evals, config, pinned }: Props) {
  const [pointed, setPointed] = useState<string | null>(null)
  const peers = config.peers.map(({ id }) => id)
  const now = latestTest(evals, pinned)
  const rows = skillRows(config.task, peers, evals.at(0), now)
  const example = rows.find(({ name }) => name === pointed)?.example ?? ''
  return (
    <section class="card skills" aria-labelledby="skills-title">
      <div class="row apart">
        <h2 id="skills-title">Skills</h2>
        <p class="tag skills-step" data-pinned={pinned !== null}>
          {now === undefined ? 'before the first test' : `tested at step ${now.step}`}
        </p>
      </div>
      <Table
        style={{ '--peers': peers.length }}
        aria-label="Right alone by skill, and change since the first test"
        columns={[<span class="visually-hidden">skill</span>, ...peerNames(peers)]}
        rows={rows.map(({ name, example, perPeer }) => [
          example === '' ? (
            name
          ) : (
            <button
              type="button"
              class="text-button skill-name"
              aria-describedby="skills-note"
              onPointerEnter={() => setPointed(name)}
              onPointerLeave={() => setPointed(null)}
              onFocus={() => setPointed(name)}
              onBlur={() => setPointed(null)}
            >
              {name}
            </button>
          ),
          ...perPeer.map((change, index) => <SkillCell key={peers[index]} index={index} {...change} />),
        ])}
      />
      <div class="skills-note" id="skills-note">
        <div data-covered={example !== ''}>
          <Lacks config={config} />
        </div>
        {example === '' ? null : <p>“{example}”</p>}
      </div>
    </section>
  )
}

function Lacks({ config: { preset, peers } }: { config: RunConfig }) {
  const lacks = storyOf(preset)?.lacks ?? {}
  return (
    <>
      {peers.map(({ id, source }, index) =>
        // A visitor may have given the name to another model.
        id in lacks && source === `models/${id}` ? (
          <p key={id}>
            At first <PeerName index={index}>{id}</PeerName> {lacks[id]}.
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
    <div class="row skill" style={inColour(index)}>
      <div class="skill-bar" aria-hidden="true">
        <div class="skill-had" style={width(before)} />
        <div class="skill-has" style={width(now)} />
      </div>
      <span class="skill-now">{percent(now ?? undefined)}</span>{' '}
      <span class={points < 0 ? 'skill-change down' : 'skill-change up'}>
        {points === 0 ? '' : signed(points, 0)}
      </span>
    </div>
  )
}
