import { useEffect, useRef } from 'preact/hooks'
import { bytesText, type DownloadProgress, durationText } from '../../hub'
import { dtypesOf } from '../../hub/needed'
import { Button } from '../controls'
import { useAnswer } from '../on_demand'
import { modelChoice, sourceLabel } from './peer_choice'
import { DtypeChoice, RunMemoryView } from './peer_models'
import type { Choice, Phase } from './use_choice'

type Asking = Extract<Phase, { kind: 'ask' }>
type Planned = Extract<Phase, { kind: 'plan' }>

interface Props<Shown extends Phase> {
  readonly choice: Choice
  readonly phase: Shown
}

/** One model on its way: its host is named before it is asked, its size before anything is downloaded. */
export function DownloadView({ choice, phase }: Props<Asking | Planned>) {
  const title = useRef<HTMLHeadingElement>(null)
  // The button that was pressed is gone. A yes to a size takes a press of its own, so the focus goes to no button.
  useEffect(() => title.current?.focus(), [phase.kind, phase.busy])
  const source = phase.kind === 'ask' ? phase.source : phase.plan.source
  return (
    <section class="stack models-step" aria-labelledby="models-step-title">
      <h3 id="models-step-title" ref={title} tabIndex={-1}>
        {sourceLabel(source).name}
      </h3>
      {phase.kind === 'ask' ? <Ask choice={choice} phase={phase} /> : <Plan choice={choice} phase={phase} />}
    </section>
  )
}

function Ask({ choice, phase: { source, host, busy } }: Props<Asking>) {
  return (
    <>
      {busy ? (
        <p>
          Asking <strong>{host}</strong> for the list of files …
        </p>
      ) : (
        <p>
          This page knows nothing about this model yet. If you look it up, your browser asks{' '}
          <strong>{host}</strong> for its list of files and for its description, which is a few kB. Nothing
          else is downloaded before you have seen the size.
        </p>
      )}
      <div class="row models-actions">
        {busy ? null : (
          <Button primary onClick={() => void choice.lookUp(source)}>
            Look it up
          </Button>
        )}
        <Button onClick={busy ? choice.cancel : choice.back}>{busy ? 'Cancel' : 'Other models'}</Button>
      </div>
    </>
  )
}

function Plan({ choice, phase }: Props<Planned>) {
  const { id, count, use } = choice
  const { plan, busy } = phase
  const { bytes, total, host, room, source, dtype } = plan
  const run = useAnswer(() => choice.estimate(plan), [plan])
  const model = modelChoice(source, dtype)
  const size = bytesText(bytes)
  const begun = plan.files.some((file) => !file.cached && file.have > 0)
  return (
    <>
      {/* With keys, what is new in a place is another element, and nothing is seen to move. */}
      {busy ? (
        <p key="busy">
          Downloading from <strong>{host}</strong>. You can cancel at any time: what has come is kept.
        </p>
      ) : bytes === 0 ? (
        <p key="whole">The whole model is on this computer: {bytesText(total)}.</p>
      ) : (
        <p key="rest">
          {total > bytes ? `${bytesText(total - bytes)} of ${bytesText(total)} are here already. ` : null}
          {size} would come from <strong>{host}</strong>
          {room === null ? '.' : `; there is room for ${bytesText(room)}.`}
        </p>
      )}
      <Progress {...phase} />
      <DtypeChoice
        peer={id}
        dtypes={dtypesOf(plan.listing.files)}
        value={dtype}
        onChange={(chosen) => void choice.chooseDtype(chosen)}
      />
      {plan.notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
      {run === null ? null : <RunMemoryView {...run} />}
      <div class="row models-actions">
        {busy || bytes > 0 ? null : (
          <>
            <Button primary onClick={() => use(model)}>
              Use it for {id}
            </Button>
            <Button onClick={() => use(model, true)}>Use it for {count === 2 ? 'both' : 'all'} peers</Button>
          </>
        )}
        {busy || bytes === 0 ? null : (
          <Button primary onClick={() => void choice.download()}>
            {begun ? `Resume: download ${size} more` : `Download ${size}`}
          </Button>
        )}
        <Button key={busy} onClick={busy ? choice.cancel : choice.back}>
          {busy ? 'Cancel' : 'Other models'}
        </Button>
      </div>
    </>
  )
}

function Progress({ plan, busy, progress }: Planned) {
  const { files, total } = plan
  const come = progress?.modelBytes ?? total - plan.bytes
  const at = files.findIndex(({ path }) => path === progress?.path)
  return (
    <>
      <div class="models-total">
        <progress aria-label="Of the whole model" value={come} max={Math.max(1, total)} />
        <p class="hint row apart">
          <span>
            {bytesText(come)} of {bytesText(total)}
          </span>
          <span>{busy ? paceText(progress) : ''}</span>
        </p>
      </div>
      <ul class="models-files" aria-label="Files">
        {files.map(({ path, size, have, cached }, index) => {
          const here = cached || index < at ? size : index === at ? (progress?.bytes ?? have) : have
          return (
            <li key={path}>
              <code>{path}</code>
              <span class="quiet">
                {here >= size ? 'here, ' : here > 0 ? `${bytesText(here)} of ` : ''}
                {bytesText(size)}
              </span>
              <progress aria-label={path} value={here} max={Math.max(1, size)} />
            </li>
          )
        })}
      </ul>
    </>
  )
}

function paceText(progress: DownloadProgress | null): string {
  if (progress === null) return 'connecting …'
  const { waiting, speed, modelSecondsLeft } = progress
  if (waiting !== null) return waiting
  return speed === null ? '' : `${bytesText(speed)} per second, ${durationText(modelSecondsLeft)} left`
}
