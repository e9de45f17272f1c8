import { useRef } from 'preact/hooks'
import { bytesText } from '../../hub/bytes'
import { DEFAULT_DTYPE, type Dtype } from '../../model/dtypes'
import type { ModelOutline } from '../../model/outline'
import type { RunConfig } from '../../runs/config'
import { Button } from '../controls'
import { LongName } from '../long_name'
import { peerColour } from '../peer_colour'
import { RunMemoryView } from './memory_view'
import { isElsewhere, type PeerChoice, sourceLabel, withOneMore, withoutOne } from './peer_choice'
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
        <Button
          class="button-small"
          ref={adding}
          aria-disabled={more === null || undefined}
          onClick={() => more !== null && onPeers(more)}
        >
          Add a peer
        </Button>
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
              <Button
                class="button-small"
                aria-label={`Change model of ${id}…`}
                onClick={() => onModel(index)}
              >
                Change model…
              </Button>
              {fewer === null ? null : (
                <Button
                  class="button-small"
                  aria-label={`Remove ${id}`}
                  onClick={() => {
                    onPeers(fewer)
                    // The button that was pressed goes away.
                    adding.current?.focus()
                  }}
                >
                  Remove
                </Button>
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

/** The choices that a model leaves: its file, and whether it thinks. Draws nothing where it leaves none. */
function PeerOptions({ peer, outline, onChange }: OptionsProps) {
  if (outline === undefined || (outline.dtypes.length < 2 && !outline.choosesThinking)) return null
  const { id, dtype, thinking, ...rest } = peer
  // The usual values are left out, so that a run has one configuration.
  const change = (changed: Pick<PeerChoice, 'dtype' | 'thinking'>) => {
    const chosen = { dtype, thinking, ...changed }
    onChange({
      id,
      ...rest,
      ...(chosen.dtype === undefined || chosen.dtype === DEFAULT_DTYPE ? {} : { dtype: chosen.dtype }),
      ...(chosen.thinking === true ? { thinking: true } : {}),
    })
  }
  return (
    <div class="row peer-options">
      <DtypeChoice
        peer={id}
        dtypes={outline.dtypes}
        value={dtype}
        onChange={(chosen) => change({ dtype: chosen })}
      />
      {outline.choosesThinking ? (
        <label class="tick">
          <input
            type="checkbox"
            aria-label={`${id} thinks before it answers`}
            checked={thinking === true}
            onChange={({ currentTarget }) => change({ thinking: currentTarget.checked || undefined })}
          />
          Thinks before it answers (slower)
        </label>
      ) : null}
    </div>
  )
}

const MEANING: Readonly<Record<Dtype, string>> = {
  fp32: '32 bits a weight',
  fp16: '16 bits a weight',
  q8: '8 bits a weight',
  int8: '8 bits a weight',
  uint8: '8 bits a weight',
  q4: '4 bits a weight',
  q4f16: '4 bits a weight, the rest 16',
}

interface DtypeProps {
  /** Whose model it is, for screen readers. */
  readonly peer: string
  readonly dtypes: ModelOutline['dtypes']
  readonly value: Dtype | undefined
  readonly onChange: (dtype: Dtype) => void
}

/** Chooses among a model's files: fewer bits are smaller and less exact. Draws nothing where there is no choice. */
export function DtypeChoice({ peer, dtypes, value = DEFAULT_DTYPE, onChange }: DtypeProps) {
  if (dtypes.length < 2) return null
  return (
    <label class="row models-dtype">
      <span>Precision</span>
      <select
        aria-label={`Precision of ${peer}`}
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = dtypes.find(({ dtype }) => dtype === currentTarget.value)
          if (chosen) onChange(chosen.dtype)
        }}
      >
        {dtypes.map(({ dtype, bytes }) => (
          <option key={dtype} value={dtype}>
            {`${dtype}: ${MEANING[dtype]}, ${bytesText(bytes)}`}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Some come with the page, and some are from elsewhere. */
function isMixed(peers: readonly PeerChoice[]): boolean {
  return new Set(peers.map(({ source }) => isElsewhere(source))).size > 1
}
