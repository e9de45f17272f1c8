import { DETERMINISM_TEXT } from '../model/determinism'
import { Button, type ButtonProps } from './controls'
import { useWakeLock } from './device_care'
import { PRIMARY_BUTTON, wantsStillness } from './document'
import { percent } from './format'
import type { Page } from './page'
import { PeerName } from './parts'
import { progressOf } from './progress'
import type { Speed } from './recording/playback'
import type { Playing } from './recording/use_playback'
import type { Portion, Session } from './session'
import { isOver, type ViewState } from './state'

const PORTIONS: readonly { readonly portion: Portion; readonly label: string; readonly title: string }[] = [
  { portion: 'step', label: 'Next step', title: 'Run one step, then pause' },
  {
    portion: 'stage',
    label: 'Next stage',
    title: 'Run to the end of the next stage (share, analyze, fuse, learn), then pause',
  },
]

const SPEEDS: Readonly<Record<Speed, { readonly label: string; readonly title: string }>> = {
  read: { label: 'Read', title: 'A discussion stays until it can be read; learning does not wait for it' },
  fast: { label: 'Fast', title: 'Every discussion is shown as it happens' },
}

/** What starts, pauses and ends a run, always in the same places, and one line that says what is on screen. */
export function RunBar({ page }: { readonly page: Page }) {
  const { session, run, over, unfinished, recorded, source, speed } = page
  const { status } = run
  const progress = progressOf(run)
  const awake = useWakeLock(status)
  return (
    <section class="row run-bar" aria-label="Run">
      <div class="row run-buttons">
        <PrimaryButton
          run={run}
          session={session}
          label={unfinished === null ? undefined : 'Continue'}
          onStart={() => page.begin(null)}
        />
        {PORTIONS.map(({ portion, label, title }) => (
          <RunButton
            key={portion}
            data-portion={portion}
            enabled={over || (status === 'paused' && !run.reading)}
            onClick={() => (over ? page.begin(portion) : session.advance(portion))}
            title={title}
          >
            {label}
          </RunButton>
        ))}
        {unfinished === null ? (
          <RunButton enabled={!over && status !== 'stopping'} onClick={() => void session.stop()}>
            Stop
          </RunButton>
        ) : (
          <RunButton enabled onClick={page.startOver} title="Start this run from its beginning">
            Start over
          </RunButton>
        )}
      </div>
      <div class="run-speed segments" role="radiogroup" aria-label="Speed">
        {(['read', 'fast'] as const).map((name) => (
          <label key={name} class="segment" title={SPEEDS[name].title}>
            <input type="radio" name="speed" checked={speed === name} onChange={() => page.setSpeed(name)} />
            <span>{SPEEDS[name].label}</span>
          </label>
        ))}
      </div>
      <div class="run-where" data-source={source}>
        {recorded === null ? (
          <>
            <p class="run-headline">
              {source === 'shared' ? 'Shared run. ' : null}
              {progress.headline}
            </p>
            <p class="run-detail">
              {run.determinism !== null && (
                <strong title={`The digest is ${DETERMINISM_TEXT[run.determinism]}`}>
                  {run.determinism === 'exact' ? 'Exact. ' : 'Fast. '}
                </strong>
              )}
              {progress.detail}
              {awake && <span class="run-awake"> The screen stays on.</span>}
            </p>
          </>
        ) : (
          <RecordingControls recorded={recorded} />
        )}
        <AloneLine page={page} />
        <div class="stack run-progress">
          <progress aria-label="Steps done" value={progressOf(page.inView).overall} />
          <progress aria-label="Present work" value={progress.part} />
        </div>
      </div>
    </section>
  )
}

/** Says that a recording is in view, and of what; stops it, and leads to the same run on this device. */
function RecordingControls({ recorded }: { readonly recorded: Playing }) {
  const { recording, playback, view } = recorded
  const { playing, ended } = view
  return (
    <>
      <p class="run-headline">{recordedHeadline(recorded)}</p>
      <p class="run-detail">
        <button
          type="button"
          class="text-button"
          aria-label={`${playing ? 'Pause' : 'Play'} the recording`}
          onClick={() => (playing ? playback.pause() : playback.play())}
        >
          {playing ? 'Pause' : 'Play'}
        </button>
        <button
          type="button"
          class="text-button"
          aria-label="Skip to the end of the recording"
          disabled={ended}
          onClick={() => playback.skip()}
        >
          Skip
        </button>
        <a href={recording.link}>Run it here and check it</a>
      </p>
    </>
  )
}

/** On a phone chart and skills are a screen further down: says how each peer does alone, and leads there. */
function AloneLine({ page: { inView, peers, hidden } }: { readonly page: Page }) {
  const solo = inView.evals.at(-1)?.solo
  if (hidden.has('skills')) return null
  const look = () =>
    document
      .querySelector('[data-panel="skills"]')
      ?.scrollIntoView({ block: 'center', behavior: wantsStillness() ? 'auto' : 'smooth' })
  return (
    <p class="run-alone">
      Right alone:
      {peers.map((peer, index) => (
        <PeerName key={peer} index={index}>{` ${peer} ${percent(solo?.[peer])}`}</PeerName>
      ))}{' '}
      <button type="button" class="text-button" onClick={look}>
        Skills
      </button>
    </p>
  )
}

interface RunButtonProps extends Omit<ButtonProps, 'aria-disabled'> {
  readonly enabled: boolean
}

/** Uses `aria-disabled`: a `disabled` button would drop keyboard focus. */
function RunButton({ enabled, onClick, ...props }: RunButtonProps) {
  return <Button {...props} aria-disabled={!enabled} onClick={enabled ? onClick : undefined} />
}

export function PrimaryButton(props: {
  readonly run: ViewState
  readonly session: Session
  /** What it says while no run is on. */
  readonly label?: string
  /** What it does then; null where there is nothing to start. */
  readonly onStart: (() => void) | null
}) {
  const { run, session, label: starts = 'Let them learn', onStart } = props
  const { status, reading } = run
  const stands = status === 'paused' || status === 'pausing'
  const { label, act, enabled } = isOver(status)
    ? { label: starts, act: onStart ?? undefined, enabled: onStart !== null }
    : stands
      ? { label: 'Continue', act: () => session.resume(), enabled: !reading }
      : { label: 'Pause', act: () => session.pause(), enabled: status !== 'stopping' && !reading }
  return (
    <RunButton primary id={PRIMARY_BUTTON} enabled={enabled} onClick={act}>
      {label}
    </RunButton>
  )
}

export function recordedHeadline({ recording, view }: Playing): string {
  return `Recorded run: step ${view.state.step} of ${recording.config.steps}`
}
