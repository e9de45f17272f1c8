import { useRef } from 'preact/hooks'
import { Button } from '../controls'
import { isOver } from '../run_bar'
import type { RunStatus } from '../state'
import type { LessonPage, LessonProgress } from './lesson_page'

/** One step of the lesson's run; all its steps; the same run as a single agent. */
export type LessonAction = 'step' | 'learn' | 'compare'

/** What a press does with the page's run; `start-step` runs one step only. */
export type Deed = 'start' | 'start-step' | 'resume' | 'step' | 'compare'

interface Offer {
  readonly label: string
  /** Null where nothing can be done now. */
  readonly deed: Deed | null
}

/** The page's run, as far as offers depend on it. */
export interface OfferedRun {
  readonly status: RunStatus
  /** Whether another tab runs it. */
  readonly reading: boolean
  /** Whether it has been tested, and learns by discussing: only then a single agent says something. */
  readonly comparable: boolean
}

const LABELS: Readonly<Record<LessonAction, string>> = {
  step: 'Run one step',
  learn: 'Let them learn to the end',
  compare: 'Run it without discussion',
}

export function offerOf(action: LessonAction, run: OfferedRun): Offer {
  const deed = run.reading ? null : deedOf(action, run)
  return { label: LABELS[action], deed }
}

function deedOf(action: LessonAction, { status, comparable }: OfferedRun): Deed | null {
  const over = isOver(status)
  // A run that has come to its end stays in view: another one would take its place.
  const free = over && status !== 'done'
  switch (action) {
    case 'step':
      return free ? 'start-step' : status === 'paused' ? 'step' : null
    case 'learn':
      return free ? 'start' : status === 'paused' ? 'resume' : null
    case 'compare':
      return over && comparable ? 'compare' : null
  }
}

/** Why a button does nothing now. */
export function whyNot(action: LessonAction, { status, reading, comparable }: OfferedRun): string {
  if (reading) return 'This run goes on in another tab: press there.'
  if (status === 'paused') return 'First let the run come to its end (page 7).'
  if (!isOver(status)) return 'The peers are at work.'
  if (action === 'compare' && !comparable) return 'First let the peers learn by discussing (page 7).'
  return 'The run has ended.'
}

interface Props {
  readonly task: LessonPage['task']
  readonly run: OfferedRun
  readonly progress: LessonProgress
  readonly onDeed: (deed: Deed) => void | Promise<void>
}

/** The task of a page, its button, and whether the page sees it done. */
export function TaskView({ task: { text, press }, run, progress, onDeed }: Props) {
  return (
    <section class="lesson-task" aria-label="To do">
      <p>{text}</p>
      {press === null ? null : <Press {...press} run={run} done={press.isDone(progress)} onDeed={onDeed} />}
    </section>
  )
}

interface PressProps extends Pick<Props, 'run' | 'onDeed'> {
  readonly action: LessonAction
  readonly done: boolean
}

function Press({ action, run, done, onDeed }: PressProps) {
  const button = useRef<HTMLButtonElement>(null)
  const { label, deed } = offerOf(action, run)
  const press = async () => {
    if (deed === null) return
    await onDeed(deed)
    // Starting a run moves the focus to the run's buttons, but the visitor reads on here.
    button.current?.focus({ preventScroll: true })
  }
  return (
    <>
      {/* Not `disabled`: the keyboard would lose its place. */}
      <Button ref={button} aria-disabled={deed === null} onClick={() => void press()}>
        {label}
      </Button>
      <p class="hint lesson-done" role="status">
        {done ? '✓ Done.' : deed === null ? whyNot(action, run) : ''}
      </p>
    </>
  )
}
