import { useEffect, useState } from 'preact/hooks'
import { LESSON_PAGES } from '../../runs/lesson'
import { focusPrimaryButton } from '../run_bar'
import { useOnDemand } from '../use_on_demand'

/** The guided lesson: where it is, and its code once it has come. */
export type Lesson = ReturnType<typeof useLesson>

/** The id of the button that opens the lesson, and closes it. */
export const LESSON_BUTTON = 'lesson-button'

/** @param linked the page at which a link opens it, also where the link changes while the page is open */
export function useLesson(linked: number | null, onError: (error: unknown) => void) {
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
    go: (wanted: number) => setPage(Math.min(LESSON_PAGES.length, Math.max(1, wanted))),
    close() {
      setPage(null)
      // The lesson may be closed from within, and a link may hide the button.
      const button = document.getElementById(LESSON_BUTTON)
      if (button === null) focusPrimaryButton()
      else button.focus()
    },
  }
}
