import { focusPrimaryButton } from '../run_bar'
import type { Lesson } from './use_lesson'

const LESSON_BUTTON = 'lesson-button'

/** Opens the lesson at its beginning, and closes it. */
export function LessonButton({ lesson }: { lesson: Lesson }) {
  const isOpen = lesson.page !== null
  return (
    <button
      type="button"
      class="button"
      id={LESSON_BUTTON}
      aria-expanded={isOpen}
      onClick={() => (isOpen ? lesson.close() : lesson.go(1))}
    >
      Lesson
    </button>
  )
}

/** For when the lesson is closed from within; a link may hide the button. */
export function focusLessonButton(): void {
  const button = document.getElementById(LESSON_BUTTON)
  if (button === null) focusPrimaryButton()
  else button.focus()
}
