import { useEffect, useState } from 'preact/hooks'
import { LESSON_PAGES } from '../../runs/lesson'
import { focusLessonButton } from './lesson_button'

type Panel = typeof import('./lesson_panel').LessonPanel

/** The guided lesson: where it is, and its code once it has come. */
export interface Lesson {
  /** 1 for the first; null where it is closed. */
  readonly page: number | null
  readonly Panel: Panel | null
  /** Within its pages. */
  go(page: number): void
  close(): void
}

/** @param linked the page at which a link opens it, also where the link changes while the page is open */
export function useLesson(linked: number | null, onError: (error: unknown) => void): Lesson {
  const [page, setPage] = useState(linked)
  const [loaded, setLoaded] = useState<{ Panel: Panel } | null>(null)
  useEffect(() => setPage(linked), [linked])
  useEffect(() => {
    if (page === null || loaded !== null) return
    import('./lesson_panel').then(
      ({ LessonPanel }) => setLoaded({ Panel: LessonPanel }),
      (error) => {
        setPage(null)
        onError(error)
      },
    )
  }, [page, loaded, onError])
  return {
    page,
    Panel: page === null || loaded === null ? null : loaded.Panel,
    go: (wanted) => setPage(Math.min(LESSON_PAGES.length, Math.max(1, wanted))),
    close() {
      setPage(null)
      focusLessonButton()
    },
  }
}
