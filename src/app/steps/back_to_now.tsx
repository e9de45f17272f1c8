import { useEffect } from 'preact/hooks'
import type { StepView } from './step_view'

interface Props {
  readonly view: StepView
  /** Whether a step is pinned: only then there is a way back. Its room is kept all the time. */
  readonly pinned: boolean
  /** Takes the keyboard's focus when the button goes. */
  readonly home: () => void
}

/** Leaves the pinned step for what the run does now; so does Escape, where no dialog is open to be closed with it. */
export function BackToNow({ view, pinned, home }: Props) {
  useEffect(() => {
    if (!pinned) return
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (event.target instanceof Element && event.target.closest('dialog') !== null) return
      view.pin(null)
    }
    addEventListener('keydown', leave)
    return () => removeEventListener('keydown', leave)
  }, [view, pinned])
  return (
    <button
      type="button"
      class="button back-to-now"
      data-shown={pinned}
      onClick={() => {
        view.pin(null)
        home()
      }}
    >
      Back to now
    </button>
  )
}
