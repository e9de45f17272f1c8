/**
 * Put into the page before its own scripts: puts a mark into the trace for every frame, and adds up how far things shift. One block without
 * imports, since it travels as text.
 */

declare global {
  interface Window {
    /** All layout shifts since the page was opened but those that a press asked for; never less than the web's cumulative layout shift. */
    benchShift: number
  }
}

{
  const MARK = 'colloquy-frame'
  window.benchShift = 0
  new PerformanceObserver((list) => {
    for (const shift of list.getEntries() as (PerformanceEntry & {
      value: number
      hadRecentInput: boolean
    })[])
      if (!shift.hadRecentInput) window.benchShift += shift.value
  }).observe({ type: 'layout-shift', buffered: true })
  const frame = () => {
    performance.mark(MARK)
    performance.clearMarks(MARK)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

export {}
