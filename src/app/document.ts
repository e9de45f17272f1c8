/** What the page reads of the document and changes in it, outside what components draw. */
import { useLayoutEffect } from 'preact/hooks'

/** Ids of buttons that get the focus when another one that was pressed goes away. */
export const PRIMARY_BUTTON = 'run-primary'
export const LESSON_BUTTON = 'lesson-button'

/** Moves the focus to the button that starts, pauses and continues: the keyboard needs it when a pressed button disappears. */
export function focusPrimaryButton(): void {
  document.getElementById(PRIMARY_BUTTON)?.focus()
}

/** Returns whether the visitor's system asks for no motion. */
export function wantsStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/**
 * Marks the root element, for example with `data-sheet`, while a part of the page exists, so that styles around it can follow.
 * With `html:has(.sheet)` the browser would restyle the whole page for every word.
 */
export function useRootMark(mark: 'sheet' | 'worksheet'): void {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement
    dataset[mark] = ''
    return () => {
      delete dataset[mark]
    }
  }, [mark])
}
