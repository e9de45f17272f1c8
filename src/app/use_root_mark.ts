import { useLayoutEffect } from 'preact/hooks'

/** Parts of the page that others make room for, or way. */
export type RootMark = 'sheet' | 'worksheet'

/**
 * Marks the root element, as `data-sheet` say, as long as the part is there: for styles of what is around it. With `html:has(.sheet)` every
 * word that is written would make the browser style the whole page anew.
 */
export function useRootMark(mark: RootMark): void {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement
    dataset[mark] = ''
    return () => {
      delete dataset[mark]
    }
  }, [mark])
}
