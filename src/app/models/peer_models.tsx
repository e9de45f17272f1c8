import { useRef } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import type { ModelOutline } from '../../model/import/outline'
import type { MemoryPart } from '../../model/memory/memory_plan'
import { bytesText } from '../../report/format'
import { Button, Tick } from '../controls'
import type { Page } from '../page'
import { LongName, peerColour } from '../parts'
import { withLabels } from '../problem_text'
import { fewestOf } from '../settings/settings'
import { isElsewhere, modelChoice, offeredPeers, sourceLabel, withOneMore, withoutOne } from './peer_choice'
import type { RunEstimate } from './run_estimate'

export function PeerModels({ page }: { readonly page: Page }) {
  const { settings, estimate } = page
  const { peers, backend, preset } = settings.base
  const adding = useRef<HTMLButtonElement>(null)
  const more = withOneMore(peers, offeredPeers(page.engine.presets, preset))
  return (
    <section class="stack peer-models" aria-labelledby="peer-models-title">
      <div class="row">
        <h3 id="peer-models-title">Peers and their models</h3>
        <Button
          class="button-small"
          ref={adding}
          aria-disabled={more === null || undefined}
          onClick={() => more !== null && page.choosePeers(more)}
        >
          Add a peer
        </Button>
      </div>
      <ul class="columns peer-list">
        {peers.map(({ id, source, dtype, thinking }, index) => {
          const { name, place } = sourceLabel(source)
          const { dtypes = [], choosesThinking = false } = estimate?.outlines[id] ?? {}
          const fewer = withoutOne(peers, index, fewestOf(settings))
          const choose = (file: Dtype | undefined, thinks: boolean | undefined) => {
            const chosen = {
              id,
              ...modelChoice(source, file),
              ...(thinks ? { thinking: true as const } : {}),
            }
            page.choosePeers(peers.map((one, at) => (at === index ? chosen : one)))
          }
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
                onClick={() => page.models.ask({ peer: index, peers, missing: false })}
              >
                Change model…
              </Button>
              {fewer === null ? null : (
                <Button
                  class="button-small"
                  aria-label={`Remove ${id}`}
                  onClick={() => {
                    page.choosePeers(fewer)
                    // The button that was pressed goes away.
                    adding.current?.focus()
                  }}
                >
                  Remove
                </Button>
              )}
              {/* The choices that a model leaves: its file, and whether it thinks. */}
              {dtypes.length < 2 && !choosesThinking ? null : (
                <div class="row peer-options">
                  <DtypeChoice
                    peer={id}
                    dtypes={dtypes}
                    value={dtype}
                    onChange={(chosen) => choose(chosen, thinking)}
                  />
                  {choosesThinking ? (
                    <Tick checked={thinking === true} onChange={(thinks) => choose(dtype, thinks)}>
                      {id} thinks before it answers (slower)
                    </Tick>
                  ) : null}
                </div>
              )}
            </li>
          )
        })}
      </ul>
      <div class="peer-memory">
        {estimate === null ? null : <RunMemoryView estimate={estimate} peers={peers} backend={backend} />}
      </div>
      {new Set(peers.map(({ source }) => isElsewhere(source))).size > 1 ? (
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

function bitsText(dtype: Dtype): string {
  const [bits, rest] = dtype.match(/\d+/g) ?? []
  return `${bits} bits a weight${rest === undefined ? '' : `, the rest ${rest}`}`
}

interface DtypeProps {
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
      <span>Precision of {peer}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = dtypes.find(({ dtype }) => dtype === currentTarget.value)
          if (chosen) onChange(chosen.dtype)
        }}
      >
        {dtypes.map(({ dtype, bytes }) => (
          <option key={dtype} value={dtype}>
            {`${dtype}: ${bitsText(dtype)}, ${bytesText(bytes)}`}
          </option>
        ))}
      </select>
    </label>
  )
}

const DEVICE: Readonly<Record<RunConfig['backend'], string>> = {
  wasm: 'wasm memory',
  webgpu: 'graphics memory',
}

export interface PlannedRun extends Pick<RunConfig, 'peers' | 'backend'> {
  readonly estimate: RunEstimate
}

export function RunMemoryView({ estimate: { memory, shortage }, peers, backend }: PlannedRun) {
  const { groups, device, javascript } = memory
  if (groups.length === 0) return null
  const told = groups.reduce((sum, { ids }) => sum + ids.length, 0)
  return (
    <div class="row models-memory">
      <p>
        {told < peers.length ? 'The models known so far take' : 'This run takes'} at most about{' '}
        <strong>{bytesText(device + javascript)}</strong> of memory: {bytesText(device)} of {DEVICE[backend]}{' '}
        and {bytesText(javascript)} of JavaScript.
      </p>
      {shortage === null ? null : (
        <div class="notice notice-problem">
          <p>
            {shortage.certain ? 'This does not fit: ' : 'This may be too much: '}
            {shortage.what}.
          </p>
          <ul class="bulleted">
            {[...shortage.lower, 'Choose a smaller model'].map((todo) => (
              <li key={todo}>{withLabels(todo)}.</li>
            ))}
          </ul>
        </div>
      )}
      <details>
        <summary>What the memory is for</summary>
        {groups.map(({ ids, plan }) => (
          <table key={ids.join()} class="numbers">
            <caption>{ids.join(' and ')}</caption>
            <tbody>
              <Parts title={DEVICE[backend]} total={plan.device} parts={plan.parts} />
              <Parts title="JavaScript" total={plan.javascript} parts={plan.javascriptParts} />
            </tbody>
          </table>
        ))}
      </details>
    </div>
  )
}

function Parts({ title, total, parts }: { title: string; total: number; parts: readonly MemoryPart[] }) {
  return (
    <>
      <tr>
        <th scope="row">{title}</th>
        <td>{bytesText(total)}</td>
      </tr>
      {parts.map(({ name, bytes }) => (
        <tr key={name} class="models-memory-part">
          <td>{name}</td>
          <td>{bytesText(bytes)}</td>
        </tr>
      ))}
    </>
  )
}
