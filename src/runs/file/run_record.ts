import type { RunConfig } from '../../config/config'
import type { RunEvent, RunState } from '../../ilr/events'

/** What is kept of a run's events: its discussions, its numbers, and what it was measured at. */
export type KeptEvent = Extract<RunEvent, { type: 'exchange' | 'step' | 'eval' }>

/** All that a run file holds: a run can be gone on with from it, and be read about. */
export interface RunRecord {
  readonly config: RunConfig
  /** Of the step it goes on from. */
  readonly state: RunState
  /** Up to that step, in the order in which they were told. */
  readonly events: readonly KeptEvent[]
}

/** Of some events, those that are kept. */
export function keptEvents(events: readonly RunEvent[]): KeptEvent[] {
  return events.filter(isKept)
}

export function isKept(event: RunEvent): event is KeptEvent {
  return event.type === 'exchange' || event.type === 'step' || event.type === 'eval'
}
