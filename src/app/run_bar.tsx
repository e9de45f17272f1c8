import type { ComponentChildren } from 'preact'
import { REPEATS_TEXT } from '../model/repeats'
import { progressOf } from './progress'
import type { Portion } from './session'
import type { RunStatus, ViewState } from './state'

interface Props {
  readonly state: ViewState
  readonly onStart: (portion: Portion | null) => void
  readonly onPause: () => void
  readonly onResume: () => void
  readonly onPortion: (portion: Portion) => void
  readonly onStop: () => void
  /** Null where it is hidden. */
  readonly onShare: (() => void) | null
}

/** The id of the button that starts, pauses and goes on. */
const PRIMARY_BUTTON = 'run-primary'

/** For when a button that was pressed goes away: the keyboard goes on from the one that starts, pauses and goes on. */
export function focusPrimaryButton(): void {
  document.getElementById(PRIMARY_BUTTON)?.focus()
}

const PORTIONS: readonly { readonly portion: Portion; readonly label: string; readonly title: string }[] = [
  { portion: 'step', label: 'One step', title: 'Run one step, then pause' },
  {
    portion: 'stage',
    label: 'One stage',
    title: 'Run to the end of the next stage (share, analyze, fuse, learn), then pause',
  },
]

const OVER: readonly RunStatus[] = ['idle', 'stopped', 'done', 'failed']

/** Whether no run is on, so that one can be started. */
export function isOver(status: RunStatus): boolean {
  return OVER.includes(status)
}

/** Stays in sight: where the run is, and its buttons, always in the same places. */
export function RunBar({ state, onStart, onPause, onResume, onPortion, onStop, onShare }: Props) {
  const { status } = state
  const over = isOver(status)
  const progress = progressOf(state)
  const primary = over
    ? { label: 'Learn', act: () => onStart(null), enabled: true }
    : status === 'paused' || status === 'pausing'
      ? { label: 'Go on', act: onResume, enabled: !state.reading }
      : { label: 'Pause', act: onPause, enabled: status !== 'stopping' && !state.reading }
  return (
    <section class="run-bar" aria-label="Run">
      <div class="run-bar-inner">
        <div class="run-where">
          <p class="run-headline">{progress.headline}</p>
          <p class="run-detail">
            {state.repeats !== null && (
              <span class="run-repeats" title={`The digest is ${REPEATS_TEXT[state.repeats]}`}>
                {state.repeats === 'exact' ? 'exact' : 'fast'}
              </span>
            )}
            {progress.detail}
          </p>
        </div>
        <div class="run-buttons">
          <Button kind="primary" enabled={primary.enabled} onClick={primary.act}>
            {primary.label}
          </Button>
          {PORTIONS.map(({ portion, label, title }) => (
            <Button
              key={portion}
              enabled={over || (status === 'paused' && !state.reading)}
              onClick={() => (over ? onStart(portion) : onPortion(portion))}
              title={title}
            >
              {label}
            </Button>
          ))}
          <Button enabled={!over && status !== 'stopping'} onClick={onStop}>
            Stop
          </Button>
          {onShare === null ? null : (
            <Button enabled onClick={onShare} title="A link to this run">
              Share
            </Button>
          )}
        </div>
        <div class="run-progress">
          <Bar label="Steps done" fraction={progress.overall} />
          <Bar label="Present work" fraction={progress.part} thin />
        </div>
      </div>
    </section>
  )
}

/** One that can do nothing now is said to be so, and not `disabled`: it would lose the focus of who has just pressed it. */
function Button(props: {
  readonly kind?: 'primary'
  readonly enabled: boolean
  readonly title?: string
  readonly onClick: () => void
  readonly children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class={props.kind === 'primary' ? 'button button-primary' : 'button'}
      id={props.kind === 'primary' ? PRIMARY_BUTTON : undefined}
      aria-disabled={!props.enabled}
      title={props.title}
      onClick={() => {
        if (props.enabled) props.onClick()
      }}
    >
      {props.children}
    </button>
  )
}

function Bar({ label, fraction, thin }: { label: string; fraction: number; thin?: boolean }) {
  return (
    <div
      class={thin ? 'bar bar-thin' : 'bar'}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(fraction * 100)}
    >
      <div style={{ transform: `scaleX(${fraction})` }} />
    </div>
  )
}
