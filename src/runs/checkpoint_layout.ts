/** How checkpoints lie in IndexedDB, and how a database of an older Colloquy comes to lie so. */
import type { DBSchema, IDBPDatabase, IDBPObjectStore, IDBPTransaction, StoreNames } from 'idb'
import type { RunConfig } from '../config/config'
import type { RunEvent, RunState } from '../ilr/events'

/** What there is to say of a kept run without reading its events. */
export interface RunSummary {
  /** Made from the configuration: a run is decided by it, so equal configurations share one entry. */
  readonly id: string
  readonly config: RunConfig
  /** What the visitor calls it; '' where it has no name. */
  readonly name: string
  /** The step it goes on from. */
  readonly step: number
  /** Whether it is over: nothing is left to go on with. */
  readonly ended: boolean
  /** When its last checkpoint was written, in milliseconds since 1970. */
  readonly savedAt: number
  /** Its checkpoints, oldest first. */
  readonly checkpoints: readonly Kept[]
}

/** A state that a run can go on from. */
export interface CheckpointEntry extends Kept {
  /** SHA-256 over the state. */
  readonly check: string
  /** How many of the run's events precede it. */
  readonly eventCount: number
}

/** An entry is its head, and beside it states and events. */
export interface Head extends RunSummary {
  readonly version: number
  /** Larger is newer. Of clocks that go backwards, nothing depends on the time. */
  readonly sequence: number
  readonly checkpoints: readonly CheckpointEntry[]
  /** Deleted by the visitor, who may still think better of it. */
  readonly deleted: boolean
}

/** States are numbered by their steps, events from 0, each within their run. */
export interface CheckpointSchema extends DBSchema {
  heads: { key: string; value: Head }
  states: { key: [id: string, step: number]; value: RunState }
  events: { key: [id: string, number: number]; value: RunEvent }
}

/**
 * Of the stores. In version 1 a head had all events of its run, and up to version 2 a run had one state, under its id. Its store keeps keys of any kind, so that
 * it need not be made anew.
 */
export const DATABASE_VERSION = 3
/** Of the entries. An entry of another version is reported, never guessed at. */
export const ENTRY_VERSION = 4

type Upgrade = IDBPTransaction<CheckpointSchema, StoreNames<CheckpointSchema>[], 'versionchange'>

/** The keys of a run's events or states, those before number `from` left out. */
export function keysOf(id: string, from = 0): IDBKeyRange {
  return IDBKeyRange.bound([id, from], [id, Number.POSITIVE_INFINITY])
}

/** Brings a database, new or of an older version, to this one, as a whole or not at all. */
export async function upgradeLayout(
  db: IDBPDatabase<CheckpointSchema>,
  version: number,
  tx: Upgrade,
): Promise<void> {
  if (version < 1) {
    db.createObjectStore('heads', { keyPath: 'id' })
    db.createObjectStore('states')
  }
  if (version < 2) db.createObjectStore('events')
  await whole(tx, moveEntries(tx))
}

/** Resolves once a transaction, and `work` within it, is done; where either fails, nothing of it is kept. */
export async function whole(
  tx: { readonly done: Promise<void>; readonly error: DOMException | null; abort(): void },
  work: Promise<unknown>,
): Promise<void> {
  const orAbort = work.catch((error) => {
    // Aborted from without: its requests fail for the reason that it has.
    if (tx.error !== null) throw tx.error
    tx.abort()
    throw error
  })
  await Promise.all([orAbort, tx.done])
}

/** What entries of versions 2 and 3 had where those of 4 have a list. */
interface OlderHead extends Omit<Head, 'checkpoints' | 'name' | 'savedAt' | 'deleted'> {
  readonly check: string
  /** Up to version 2. */
  readonly events?: unknown
  /** From version 3. */
  readonly eventCount?: unknown
}

/** Entries of version 2 had their events in the head, those of version 3 one state. Those of other versions stay as they are. */
async function moveEntries(tx: Upgrade): Promise<void> {
  const events = tx.objectStore('events')
  // Keys of older versions are of another type.
  const states = tx.objectStore('states') as unknown as OlderStates
  for (let at = await tx.objectStore('heads').openCursor(); at; at = await at.continue()) {
    const { check, events: inside, eventCount: counted, ...head } = at.value as unknown as OlderHead
    const eventCount = head.version === 2 && Array.isArray(inside) ? inside.length : counted
    if ((head.version !== 2 && head.version !== 3) || typeof eventCount !== 'number') continue
    const state = await states.get(head.id)
    if (state === undefined) continue
    const { id, step } = head
    const checkpoints = [{ step, check, eventCount, pinned: false }]
    await Promise.all([
      ...(Array.isArray(inside) ? inside.map((event, number) => events.put(event, [id, number])) : []),
      states.put(state, [id, step]),
      states.delete(id),
      at.update({ ...head, version: ENTRY_VERSION, checkpoints, name: '', savedAt: 0, deleted: false }),
    ])
  }
}

interface OlderStates {
  get(key: string): Promise<RunState | undefined>
  put(state: RunState, key: [id: string, step: number]): Promise<unknown>
  delete(key: string): Promise<void>
}

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

/** Which checkpoints of a run are kept: each is as large as its peers' adapters with their moments. */

/** The newest ones: where the last was damaged, the one before it is still there to go on from. */
const LAST = 2

export interface Kept {
  readonly step: number
  readonly pinned: boolean
}

/**
 * @param checkpoints all there are, one of which was just written
 * @param best the step that did best on validation; it is kept if it has a checkpoint
 * @returns those that stay, in the same order
 */
export function retained<T extends Kept>(checkpoints: readonly T[], best: number | null): T[] {
  const newest = checkpoints.map(({ step }) => step).sort((a, b) => b - a)
  const last = new Set(newest.slice(0, LAST))
  return checkpoints.filter(({ step, pinned }) => pinned || last.has(step) || step === best)
}
