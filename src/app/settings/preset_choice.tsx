import { useId } from 'preact/hooks'
import type { Page } from '../page'
import { peerColour } from '../peer_colour'
import { storyOf } from '../stories'

/** The ready-made runs, each with a picture of who takes part. */
export function PresetChoice({ page }: { readonly page: Page }) {
  const id = useId()
  return (
    <div class="stack presets" role="radiogroup" aria-label="Preset">
      {page.engine.presets.map(({ name, title, config }) => (
        <label key={name} class="pick preset">
          <input
            type="radio"
            name={id}
            checked={name === page.settings.base.preset}
            onChange={() => page.choosePreset(name)}
          />
          <Picture preset={name} peers={config.peers.map((peer) => peer.id)} />
          <span>
            <strong>{name}</strong> <span class="hint">{title}</span>
          </span>
        </label>
      ))}
    </div>
  )
}

const SQUARE = 10
const GAP = 3

/** One row of squares for each peer: what it can do is filled, what it lacks is hollow. Peers without a story are discs. */
function Picture({ preset, peers }: { readonly preset: string; readonly peers: readonly string[] }) {
  const story = storyOf(preset)
  const skills = story?.skills ?? ['']
  const place = (n: number) => n * (SQUARE + GAP) + 1
  return (
    <svg
      width={place(5)}
      height={place(peers.length)}
      viewBox={`0 0 ${place(5)} ${place(peers.length)}`}
      aria-hidden="true"
    >
      {peers.map((peer, row) => (
        <g key={peer} style={{ color: `var(${peerColour(row)})` }} fill="currentColor" stroke="currentColor">
          {skills.map((skill, column) => (
            <rect
              key={skill}
              x={place(column)}
              y={place(row)}
              width={SQUARE}
              height={SQUARE}
              rx={story === null ? SQUARE / 2 : 2}
              stroke-width={1.5}
              fill={story?.missing[peer]?.includes(skill) ? 'none' : undefined}
            />
          ))}
        </g>
      ))}
    </svg>
  )
}
