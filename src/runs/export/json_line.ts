import type { RunEvent } from '../../ilr/events'

/**
 * The JSON line of an event, or null where it has none: progress, live text and what the run says about itself in words
 * are not results. But for `run` and `exchange`, whose content stands in the line itself, a line is the event as it is.
 */
export function jsonLine(event: RunEvent): string | null {
  switch (event.type) {
    case 'run':
      return JSON.stringify({ type: 'run', ...event.config })
    case 'exchange':
      return JSON.stringify({ type: 'exchange', step: event.step, ...event.exchange })
    case 'repeats':
    case 'step':
    case 'eval':
    case 'best':
    case 'done':
      return JSON.stringify(event)
    default:
      return null
  }
}
