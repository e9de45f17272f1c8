import { useEffect, useRef, useState } from 'preact/hooks'
import { bytesText, type DownloadPlan, type DownloadProgress, durationText, sourceName } from '../../hub'
import { dtypesOf } from '../../hub/needed'
import type { RunConfig } from '../../runs/config'
import { DtypeChoice } from './dtype_choice'
import { type ModelChoice, modelChoice } from './library'
import { RunMemoryView } from './memory_view'
import { sourceLabel } from './peer_choice'
import type { RunEstimate } from './run_estimate'
import type { Download, Phase } from './use_download'

interface Props {
  readonly peer: string
  /** How many there are. */
  readonly peers: number
  readonly download: Download
  readonly phase: Exclude<Phase, { kind: 'choose' | 'opening' }>
  /** What the run would take with this model. */
  readonly estimate: (plan: DownloadPlan) => Promise<PlannedRun | null>
  readonly onUse: (model: ModelChoice, forAll?: boolean) => void
}

/** A run as it would be with the model that is being looked at. */
export interface PlannedRun {
  readonly config: RunConfig
  readonly estimate: RunEstimate
}

/** One model on its way: its host is named before it is asked, its size before anything is downloaded. */
export function DownloadView({ peer, peers, download, phase, estimate, onUse }: Props) {
  const title = useRef<HTMLHeadingElement>(null)
  // The button that was pressed is gone. A yes to a size takes a press of its own, so the focus goes to no button.
  useEffect(() => title.current?.focus(), [phase.kind])
  const name = sourceLabel(sourceName(phase.source)).name
  return (
    <section class="models-step" aria-labelledby="models-step-title">
      <h3 id="models-step-title" ref={title} tabIndex={-1}>
        {name}
      </h3>
      {phase.kind === 'ask' || phase.kind === 'looking' ? (
        <Asking download={download} host={phase.host} name={phase.name} looking={phase.kind === 'looking'} />
      ) : phase.kind === 'plan' ? (
        <Plan
          peer={peer}
          peers={peers}
          plan={phase.plan}
          download={download}
          estimate={estimate}
          onUse={onUse}
        />
      ) : (
        <Downloading plan={phase.plan} progress={phase.progress} download={download} />
      )}
    </section>
  )
}

function Asking(props: {
  readonly download: Download
  readonly host: string
  readonly name: string
  readonly looking: boolean
}) {
  const { download, host, name, looking } = props
  return (
    <>
      <p>
        {looking ? (
          <>
            Asking <strong>{host}</strong> for the list of files …
          </>
        ) : (
          <>
            This page knows nothing about this model yet. If you look it up, your browser asks{' '}
            <strong>{host}</strong> for its list of files and for its description, which is a few kB. Nothing
            else is downloaded before you have seen the size.
          </>
        )}
      </p>
      <div class="row models-actions">
        {looking ? (
          <button type="button" class="button" onClick={download.cancel}>
            Cancel
          </button>
        ) : (
          <>
            <button type="button" class="button button-primary" onClick={() => void download.lookUp(name)}>
              Look it up
            </button>
            <button type="button" class="button" onClick={download.back}>
              Other models
            </button>
          </>
        )}
      </div>
    </>
  )
}

function Plan(props: {
  readonly peer: string
  readonly peers: number
  readonly plan: DownloadPlan
  readonly download: Download
  readonly estimate: (plan: DownloadPlan) => Promise<PlannedRun | null>
  readonly onUse: (model: ModelChoice, forAll?: boolean) => void
}) {
  const { peer, peers, plan, download, estimate, onUse } = props
  const { bytes, total, host, room, notes, source, dtype } = plan
  const [run, setRun] = useState<PlannedRun | null>(null)
  useEffect(() => {
    let current = true
    estimate(plan).then(
      (found) => current && setRun(found),
      () => current && setRun(null),
    )
    return () => {
      current = false
    }
  }, [plan])
  const model = modelChoice(source, dtype)
  const size = bytesText(bytes)
  const begun = plan.files.some((file) => !file.cached && file.have > 0)
  return (
    <>
      <p>
        {bytes === 0 ? (
          `The whole model is on this computer: ${bytesText(total)}.`
        ) : (
          <>
            {total > bytes ? `${bytesText(total - bytes)} of ${bytesText(total)} are here already. ` : null}
            {size} would come from <strong>{host}</strong>
            {room === null ? '.' : `; there is room for ${bytesText(room)}.`}
          </>
        )}
      </p>
      <Total bytes={total - bytes} total={total} line="" />
      <DtypeChoice
        peer={peer}
        dtypes={dtypesOf(plan.listing.files)}
        value={dtype}
        onChange={(chosen) => void download.chooseDtype(chosen)}
      />
      <Files plan={plan} progress={null} />
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
      {run === null ? null : (
        <RunMemoryView estimate={run.estimate} peers={run.config.peers} backend={run.config.backend} />
      )}
      <div class="row models-actions">
        {bytes === 0 ? (
          <>
            <button type="button" class="button button-primary" onClick={() => onUse(model)}>
              Use it for {peer}
            </button>
            <button type="button" class="button" onClick={() => onUse(model, true)}>
              Use it for {peers === 2 ? 'both' : 'all'} peers
            </button>
          </>
        ) : (
          <button type="button" class="button button-primary" onClick={() => void download.download()}>
            {begun ? `Resume: download ${size} more` : `Download ${size}`}
          </button>
        )}
        <button type="button" class="button" onClick={download.back}>
          Other models
        </button>
      </div>
    </>
  )
}

function Downloading(props: {
  readonly plan: DownloadPlan
  readonly progress: DownloadProgress | null
  readonly download: Download
}) {
  const { plan, progress, download } = props
  const come = progress?.modelBytes ?? plan.total - plan.bytes
  const line =
    progress === null
      ? 'connecting …'
      : (progress.waiting ??
        (progress.speed === null
          ? ''
          : `${bytesText(progress.speed)} per second, ${durationText(progress.modelSecondsLeft)} left`))
  return (
    <>
      <p>
        Downloading from <strong>{plan.host}</strong>. You can cancel at any time: what has come is kept.
      </p>
      <Total bytes={come} total={plan.total} line={line} />
      <Files plan={plan} progress={progress} />
      <div class="row models-actions">
        <button type="button" class="button" onClick={download.cancel}>
          Cancel
        </button>
      </div>
    </>
  )
}

function Total({ bytes, total, line }: { bytes: number; total: number; line: string }) {
  return (
    <div class="models-total">
      <progress aria-label="Of the whole model" value={bytes} max={Math.max(1, total)} />
      <p class="hint">
        <span>
          {bytesText(bytes)} of {bytesText(total)}
        </span>
        <span>{line}</span>
      </p>
    </div>
  )
}

function Files({ plan, progress }: { plan: DownloadPlan; progress: DownloadProgress | null }) {
  const at = plan.files.findIndex(({ path }) => path === progress?.path)
  return (
    <ul class="models-files" aria-label="Files">
      {plan.files.map(({ path, size, have, cached }, index) => {
        const here = cached || index < at ? size : index === at ? (progress?.bytes ?? have) : have
        return (
          <li key={path}>
            <code>{path}</code>
            <span class="models-file-size">
              {here >= size ? 'here, ' : here > 0 ? `${bytesText(here)} of ` : ''}
              {bytesText(size)}
            </span>
            <progress aria-label={path} value={here} max={Math.max(1, size)} />
          </li>
        )
      })}
    </ul>
  )
}
