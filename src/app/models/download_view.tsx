import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { bytesText, type DownloadPlan, type DownloadProgress, durationText, sourceName } from '../../hub'
import { dtypesOf } from '../../hub/needed'
import type { RunConfig } from '../../runs/config'
import { Button } from '../controls'
import { useAnswer } from '../use_on_demand'
import { type ModelChoice, modelChoice } from './library'
import { RunMemoryView } from './memory_view'
import { sourceLabel } from './peer_choice'
import { DtypeChoice } from './peer_models'
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
export function DownloadView(props: Props) {
  const { download, phase } = props
  const title = useRef<HTMLHeadingElement>(null)
  // The button that was pressed is gone. A yes to a size takes a press of its own, so the focus goes to no button.
  useEffect(() => title.current?.focus(), [phase.kind])
  return (
    <section class="models-step" aria-labelledby="models-step-title">
      <h3 id="models-step-title" ref={title} tabIndex={-1}>
        {sourceLabel(sourceName(phase.source)).name}
      </h3>
      {phase.kind === 'plan' ? (
        <Plan {...props} plan={phase.plan} />
      ) : phase.kind === 'downloading' ? (
        <Downloading plan={phase.plan} progress={phase.progress} onCancel={download.cancel} />
      ) : phase.kind === 'looking' ? (
        <>
          <p>
            Asking <strong>{phase.host}</strong> for the list of files …
          </p>
          <Actions>
            <Button onClick={download.cancel}>Cancel</Button>
          </Actions>
        </>
      ) : (
        <>
          <p>
            This page knows nothing about this model yet. If you look it up, your browser asks{' '}
            <strong>{phase.host}</strong> for its list of files and for its description, which is a few kB.
            Nothing else is downloaded before you have seen the size.
          </p>
          <Actions>
            <Button primary onClick={() => void download.lookUp(phase.name)}>
              Look it up
            </Button>
            <Button onClick={download.back}>Other models</Button>
          </Actions>
        </>
      )}
    </section>
  )
}

function Actions({ children }: { readonly children: ComponentChildren }) {
  return <div class="row models-actions">{children}</div>
}

function Plan({ peer, peers, plan, download, estimate, onUse }: Props & { readonly plan: DownloadPlan }) {
  const { bytes, total, host, room, notes, source, dtype } = plan
  const run = useAnswer(() => estimate(plan), [plan])
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
      <Actions>
        {bytes === 0 ? (
          <>
            <Button primary onClick={() => onUse(model)}>
              Use it for {peer}
            </Button>
            <Button onClick={() => onUse(model, true)}>
              Use it for {peers === 2 ? 'both' : 'all'} peers
            </Button>
          </>
        ) : (
          <Button primary onClick={() => void download.download()}>
            {begun ? `Resume: download ${size} more` : `Download ${size}`}
          </Button>
        )}
        <Button onClick={download.back}>Other models</Button>
      </Actions>
    </>
  )
}

interface DownloadingProps {
  readonly plan: DownloadPlan
  readonly progress: DownloadProgress | null
  readonly onCancel: () => void
}

function Downloading({ plan, progress, onCancel }: DownloadingProps) {
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
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
      </Actions>
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
