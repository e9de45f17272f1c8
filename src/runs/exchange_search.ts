import type { IDBPObjectStore, StoreNames } from 'idb'
import type { RunEvent } from '../ilr/events'
import { type CheckpointSchema, keysOf } from './checkpoint_layout'

type Events = IDBPObjectStore<CheckpointSchema, StoreNames<CheckpointSchema>[], 'events'>
type ExchangeEvent = Extract<RunEvent, { type: 'exchange' }>

/**
 * The discussion of a step among a run's events, or null. Events lie in the order of their steps, so that a dozen of them are read to
 * find one among thousands.
 */
export async function exchangeEvent(events: Events, id: string, step: number): Promise<ExchangeEvent | null> {
  const stepOf = (event: RunEvent | undefined) => (event && 'step' in event ? event.step : Number.NaN)
  let low = 0
  let high = await events.count(keysOf(id))
  while (low < high) {
    const middle = (low + high) >> 1
    if (stepOf(await events.get([id, middle])) < step) low = middle + 1
    else high = middle
  }
  for (let at = low; ; at++) {
    const event = await events.get([id, at])
    if (stepOf(event) !== step) return null
    if (event?.type === 'exchange') return event
  }
}
