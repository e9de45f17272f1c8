import { useRef } from 'preact/hooks'
import { Button } from '../controls'
import { isOver, type RunStatus } from '../state'
import type { LessonAction, LessonPage, LessonProgress } from './lesson_page'

/** What a press does with the page's run; `start-step` runs one step only. */
export type Command = 'start' | 'start-step' | 'resume' | 'step' | 'compare'

export interface OfferedRun {
  readonly status: RunStatus
  readonly reading: boolean
  /** Whether it has been tested, and learns by discussing: only then a single agent says something. */
  readonly comparable: boolean
}

const LABELS: Readonly<Record<LessonAction, string>> = {
  step: 'Run one step',
  learn: 'Let them learn to the end',
  compare: 'Run it without discussion',
}

export function offerOf(action: LessonAction, { status, reading, comparable }: OfferedRun) {
  const over = isOver(status)
  // A run that has come to its end stays in view: another one would take its place.
  const start = over && status !== 'done'
  const goOn = status === 'paused'
  const commands: Readonly<Record<LessonAction, Command | false>> = {
    step: start ? 'start-step' : goOn && 'step',
    learn: start ? 'start' : goOn && 'resume',
    compare: over && comparable && 'compare',
  }
  return { label: LABELS[action], command: reading ? null : commands[action] || null }
}

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
  readonly onCommand: (command: Command) => void | Promise<void>
}

export function TaskView({ task: { text, press }, run, progress, onCommand }: Props) {
  const button = useRef<HTMLButtonElement>(null)
  const offer = press && offerOf(press.action, run)
  const act = async () => {
    if (!offer?.command) return
    await onCommand(offer.command)
    // Starting a run moves the focus to the run's buttons, but the visitor reads on here.
    button.current?.focus({ preventScroll: true })
  }
  return (
    <section class="stack lesson-task" aria-label="To do">
      <p>{text}</p>
      {press && offer ? (
        <>
          {/* Not `disabled`: the keyboard would lose its place. */}
          <Button ref={button} aria-disabled={offer.command === null} onClick={() => void act()}>
            {offer.label}
          </Button>
          <p class="hint lesson-done" role="status">
            {press.isDone(progress) ? '✓ Done.' : offer.command === null ? whyNot(press.action, run) : ''}
          </p>
        </>
      ) : null}
    </section>
  )
}
