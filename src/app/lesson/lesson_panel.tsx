import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { LESSON_PAGES, type RunPanel } from '../../runs/lesson'
import type { ComparedRun } from '../comparison/verdict'
import { Button } from '../controls'
import { useRootMark, wantsStillness } from '../document'
import { unbroken } from '../format'
import type { Page, Tab } from '../page'
import { PANELS } from '../panels'
import { Table } from '../parts'
import { isOver, type RunStatus, type ViewState } from '../state'
import { isSingleAgentOf, LESSON_RUN, useFacts } from './facts'
import { LESSON_TITLES, type LessonAction, type LessonPage, type LessonProgress } from './lesson_page'
import { PAGES } from './pages'
import { Worksheet } from './worksheet'

export function LessonPanel({ page, at }: { readonly page: Page; readonly at: number }) {
  const { engine, session, lesson, learning, comparison, run, hidden } = page
  const { compared } = comparison
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  const printing = useRef<HTMLButtonElement>(null)
  /** How far the page was scrolled when the worksheet took its place. */
  const left = useRef<number | null>(null)
  const [folded, setFolded] = useState(false)
  const [worksheet, setWorksheet] = useState(false)
  const facts = useFacts(engine.recording, page.inView, page.recorded !== null, page.pinned)
  const name = LESSON_PAGES[at - 1]
  const { place, idea, numbers, numbersFirst, sheet, table, task, question, answer } = PAGES[name]
  const own = page.link.shared?.config ?? LESSON_RUN

  useRootMark('sheet')
  // A screen reader reads the page that has come.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [at])
  useEffect(() => {
    if (worksheet || left.current === null) return
    scrollTo(0, left.current)
    left.current = null
    printing.current?.focus({ preventScroll: true })
  }, [worksheet])

  const commands: Readonly<Record<Command, () => void | Promise<void>>> = {
    start: () => learning.startThat(own, null),
    'start-step': () => learning.startThat(own, null, 'step'),
    resume: () => session.resume(),
    step: () => session.advance('step'),
    compare: () => comparison.withSingleAgent(page.config),
  }
  const leave = (event: TargetedKeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    event.preventDefault()
    lesson.close()
  }
  const told = facts === null ? '' : unbroken(numbers(facts))
  const filled = facts === null || table === 'hidden' ? null : sheet.filled(facts)
  const filledTable =
    filled === null ? null : <Table class="lesson-table" {...filled} columns={sheet.columns} />
  return (
    <>
      <aside class="sheet lesson" aria-labelledby={`${id}-name`} data-folded={folded} onKeyDown={leave}>
        <header class="row sheet-head">
          <p id={`${id}-name`}>
            Lesson <span class="quiet">{`${at} of ${LESSON_PAGES.length}`}</span>
          </p>
          <Button class="sheet-fold" aria-expanded={!folded} onClick={() => setFolded(!folded)}>
            {folded ? 'Unfold' : 'Fold'}
          </Button>
          <Button aria-label="Close the lesson" onClick={lesson.close}>
            Close
          </Button>
        </header>
        <div class="stack sheet-body lesson-body" key={name}>
          <h2 ref={heading} tabIndex={-1}>
            {LESSON_TITLES[name]}
          </h2>
          {numbersFirst ? null : <p>{idea}</p>}
          {told === '' ? null : <p class="lesson-numbers">{told}</p>}
          {numbersFirst ? <p>{idea}</p> : null}
          {table === 'shown' ? filledTable : null}
          {facts?.recorded && (told !== '' || filled !== null) ? (
            <p class="hint">Numbers of the recorded run, until a run of yours has made a step.</p>
          ) : null}
          <Pointer place={hidden.has(place) ? null : place} onTab={page.openTab} />
          <TaskView
            key={name}
            task={task}
            run={{ status: run.status, reading: run.reading, comparable: isComparable(run) }}
            progress={progressOf(run, compared)}
            onCommand={(command) => commands[command]()}
          />
          {filled !== null && table === 'unfolds' ? (
            <details>
              <summary>Check your numbers</summary>
              {filledTable}
            </details>
          ) : null}
          <details>
            <summary>{question}</summary>
            <p>{answer}</p>
          </details>
          <Button
            ref={printing}
            onClick={() => {
              left.current = scrollY
              setWorksheet(true)
            }}
          >
            Print worksheet
          </Button>
        </div>
        <footer class="row sheet-foot">
          <Button disabled={at === 1} onClick={() => lesson.go(at - 1)}>
            Back
          </Button>
          <Button primary disabled={at === LESSON_PAGES.length} onClick={() => lesson.go(at + 1)}>
            Next
          </Button>
        </footer>
      </aside>
      {worksheet ? <Worksheet page={page} planned={own} onClose={() => setWorksheet(false)} /> : null}
    </>
  )
}

function isComparable({ config, evals, step }: ViewState): boolean {
  return config?.method === 'ilr' && evals.length > 1 && step > 0
}

function progressOf(run: ViewState, compared: ComparedRun | null): LessonProgress {
  const { config, status, step, steps } = run
  const ended = config !== null && isOver(status) && step >= config.steps
  return { steps: steps.length, ended, compared: ended && isSingleAgentOf(run, compared) }
}

/** Outlines the panel and brings it into view; where motion is unwanted, only when asked. */
function Pointer({ place, onTab }: { place: RunPanel | null; onTab: (tab: Tab) => void }) {
  const panel = place === null ? null : document.querySelector(`[data-panel="${place}"]`)
  const look = () => {
    if (place === null) return
    const where = PANELS[place].place
    if (where !== 'side') onTab(where)
    panel?.scrollIntoView({ behavior: wantsStillness() ? 'auto' : 'smooth', block: 'nearest' })
  }
  useEffect(() => {
    panel?.setAttribute('data-pointed', '')
    if (!wantsStillness()) look()
    return () => panel?.removeAttribute('data-pointed')
  }, [panel])
  if (place === null) return null
  return (
    <button type="button" class="text-button" onClick={look}>
      Look at “{PANELS[place].title}”
    </button>
  )
}

/** What a press does with the page's run; `start-step` runs one step only. */
type Command = 'start' | 'start-step' | 'resume' | 'step' | 'compare'

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

interface TaskProps {
  readonly task: LessonPage['task']
  readonly run: OfferedRun
  readonly progress: LessonProgress
  readonly onCommand: (command: Command) => void | Promise<void>
}

function TaskView({ task: { text, press }, run, progress, onCommand }: TaskProps) {
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
