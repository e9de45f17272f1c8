import type { RunConfig } from '../../config/config'
import type { RunEvent, RunState } from '../../ilr/events'

/** An event that is kept: a discussion, the numbers of a step, or an evaluation. */
export type KeptEvent = Extract<RunEvent, { type: 'exchange' | 'step' | 'eval' }>

/** Content of a run file, to resume a run or to read about it. */
export interface RunRecord {
  readonly config: RunConfig
  /** State at the step that the run resumes from. */
  readonly state: RunState
  /** Events up to that step, in the order in which they were emitted. */
  readonly events: readonly KeptEvent[]
}

export function keptEvents(events: readonly RunEvent[]): KeptEvent[] {
  return events.filter(isKept)
}

export function isKept(event: RunEvent): event is KeptEvent {
  return event.type === 'exchange' || event.type === 'step' || event.type === 'eval'
}
