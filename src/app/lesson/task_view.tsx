import { useRef } from 'preact/hooks'
import type { LessonPage, LessonProgress } from './lesson_page'
import { type Deed, type OfferedRun, offerOf, whyNot } from './offers'

interface Props {
  readonly task: LessonPage['task']
  readonly run: OfferedRun
  readonly progress: LessonProgress
  readonly onDeed: (deed: Deed) => void | Promise<void>
}

/** What there is to do, the button that does it with the page's run, and whether it is seen to be done. */
export function TaskView({ task, run, progress, onDeed }: Props) {
  const button = useRef<HTMLButtonElement>(null)
  const { text, action, isDone } = task
  const done = isDone(progress)
  const offer = action === null ? null : offerOf(action, run)
  const press = async (deed: Deed) => {
    await onDeed(deed)
    // Starting a run moves the focus to the run's buttons, but who presses here reads on here.
    button.current?.focus({ preventScroll: true })
  }
  return (
    <section class="lesson-task" aria-label="To do">
      <p>{text}</p>
      {action === null || offer === null ? null : (
        <button
          type="button"
          class="button"
          ref={button}
          // Not `disabled`: the keyboard would lose its place.
          aria-disabled={offer.deed === null}
          onClick={() => offer.deed !== null && void press(offer.deed)}
        >
          {offer.label}
        </button>
      )}
      {action === null ? null : (
        <p class="hint lesson-done" role="status">
          {done ? '✓ Done.' : offer?.deed === null ? whyNot(action, run) : ''}
        </p>
      )}
    </section>
  )
}
