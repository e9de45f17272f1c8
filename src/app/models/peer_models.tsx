import { useRef } from 'preact/hooks'
import { bytesText } from '../../hub/bytes'
import { DEFAULT_DTYPE } from '../../model/dtypes'
import type { ModelOutline } from '../../model/outline'
import type { RunConfig } from '../../runs/config'
import { LongName } from '../long_name'
import { peerColour } from '../peer_colour'
import '../styles/models.css'
import { DtypeChoice } from './dtype_choice'
import { RunMemoryView } from './memory_view'
import { isElsewhere, type PeerChoice, sourceLabel } from './peer_choice'
import { withOneMore, withoutOne } from './peer_list'
import type { RunEstimate } from './run_estimate'

interface Props {
  readonly peers: readonly PeerChoice[]
  /** As few as the method allows. */
  readonly fewest: number
  readonly backend: RunConfig['backend']
  /** Null where there is none yet. */
  readonly estimate: RunEstimate | null
  /** Another model is wanted for this peer. */
  readonly onModel: (peer: number) => void
  readonly onPeers: (peers: readonly PeerChoice[]) => void
  /** That one more may be. */
  readonly offered: readonly PeerChoice[]
}

/** Who takes part, with which model, and the way to another one, to one more and to one less. */
export function PeerModels({ peers, fewest, offered, backend, estimate, onModel, onPeers }: Props) {
  const adding = useRef<HTMLButtonElement>(null)
  const more = withOneMore(peers, offered)
  const change = (index: number, peer: PeerChoice) =>
    onPeers(peers.map((other, at) => (at === index ? peer : other)))
  return (
    <section class="peer-models" aria-labelledby="peer-models-title">
      <div class="row">
        <h3 id="peer-models-title">Peers and their models</h3>
        <button
          type="button"
          class="button button-small"
          ref={adding}
          aria-disabled={more === null || undefined}
          onClick={() => {
            if (more !== null) onPeers(more)
          }}
        >
          Add a peer
        </button>
      </div>
      <ul class="peer-list">
        {peers.map((peer, index) => {
          const { id, source } = peer
          const { name, place } = sourceLabel(source)
          const fewer = withoutOne(peers, index, fewest)
          return (
            <li key={index} class="row" style={{ '--peer': `var(${peerColour(index)})` }}>
              <p class="peer-model">
                <span class="peer-name">{id}</span> {name === id ? null : <LongName>{name}</LongName>}
                <span class="hint">
                  {place}
                  {memoryText(id, estimate)}
                </span>
              </p>
              <button
                type="button"
                class="button button-small"
                aria-label={`Change model of ${id}…`}
                onClick={() => onModel(index)}
              >
                Change model…
              </button>
              {fewer === null ? null : (
                <button
                  type="button"
                  class="button button-small"
                  aria-label={`Remove ${id}`}
                  onClick={() => {
                    onPeers(fewer)
                    // The button that was pressed goes away.
                    adding.current?.focus()
                  }}
                >
                  Remove
                </button>
              )}
              <PeerOptions
                peer={peer}
                outline={estimate?.outlines[id]}
                onChange={(changed) => change(index, changed)}
              />
            </li>
          )
        })}
      </ul>
      <div class="peer-memory">
        {estimate === null ? null : <RunMemoryView estimate={estimate} peers={peers} backend={backend} />}
      </div>
      {isMixed(peers) ? (
        <p class="hint hint-strong">
          The little peers that come with this page can read only short texts, so a larger model’s long
          answers are too much for them. Give every peer a larger model.
        </p>
      ) : null}
    </section>
  )
}

/** What the peer's worker takes; peers that share it are named. */
function memoryText(id: string, estimate: RunEstimate | null): string {
  const group = estimate?.memory.groups.find(({ ids }) => ids.includes(id))
  if (group === undefined) return ''
  const others = group.ids.filter((other) => other !== id)
  const size = bytesText(group.plan.device + group.plan.javascript)
  return `, at most about ${size} of memory${others.length > 0 ? ` together with ${others.join(' and ')}` : ''}`
}

interface OptionsProps {
  readonly peer: PeerChoice
  /** What is known of its model. */
  readonly outline: ModelOutline | undefined
  readonly onChange: (peer: PeerChoice) => void
}

/** What a model leaves open: which of its files, and whether it thinks. Nothing where it leaves nothing open. */
function PeerOptions({ peer, outline, onChange }: OptionsProps) {
  if (outline === undefined || (outline.dtypes.length < 2 && !outline.choosesThinking)) return null
  const { id, dtype, thinking, ...rest } = peer
  const thought = thinking === undefined ? {} : { thinking }
  return (
    <div class="row peer-options">
      <DtypeChoice
        peer={id}
        dtypes={outline.dtypes}
        value={dtype}
        onChange={(chosen) =>
          onChange({ id, ...rest, ...thought, ...(chosen === DEFAULT_DTYPE ? {} : { dtype: chosen }) })
        }
      />
      {outline.choosesThinking ? (
        <label class="tick">
          <input
            type="checkbox"
            aria-label={`${id} thinks before it answers`}
            checked={thinking === true}
            onChange={({ currentTarget }) =>
              onChange({
                id,
                ...rest,
                ...(dtype === undefined ? {} : { dtype }),
                ...(currentTarget.checked ? { thinking: true as const } : {}),
              })
            }
          />
          Thinks before it answers (slower)
        </label>
      ) : null}
    </div>
  )
}

/** Some come with the page, and some are from elsewhere. */
function isMixed(peers: readonly PeerChoice[]): boolean {
  return new Set(peers.map(({ source }) => isElsewhere(source))).size > 1
}
