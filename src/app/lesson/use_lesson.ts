import { useEffect, useState } from 'preact/hooks'
import { LESSON_PAGES } from '../../runs/lesson'
import { focusPrimaryButton } from '../run_bar'
import { useOnDemand } from '../use_on_demand'

type Panel = typeof import('./lesson_panel').LessonPanel

/** The guided lesson: where it is, and its code once it has come. */
export interface Lesson {
  readonly page: number | null
  readonly Panel: Panel | null
  go(page: number): void
  close(): void
}

/** The id of the button that opens the lesson, and closes it. */
export const LESSON_BUTTON = 'lesson-button'

/** For when the lesson is closed from within; a link may hide the button. */
function focusLessonButton(): void {
  const button = document.getElementById(LESSON_BUTTON)
  if (button === null) focusPrimaryButton()
  else button.focus()
}

/** @param linked the page at which a link opens it, also where the link changes while the page is open */
export function useLesson(linked: number | null, onError: (error: unknown) => void): Lesson {
  const [page, setPage] = useState(linked)
  useEffect(() => setPage(linked), [linked])
  const code = useOnDemand(
    page !== null,
    () => import('./lesson_panel'),
    (error) => {
      setPage(null)
      onError(error)
    },
  )
  return {
    page,
    Panel: code?.LessonPanel ?? null,
    go: (wanted) => setPage(Math.min(LESSON_PAGES.length, Math.max(1, wanted))),
    close() {
      setPage(null)
      focusLessonButton()
    },
  }
}
