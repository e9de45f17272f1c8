/** Layout of checkpoints in IndexedDB, and upgrades of older databases to it. */
import type { DBSchema, IDBPDatabase, IDBPObjectStore, IDBPTransaction, StoreNames } from 'idb'
import type { RunConfig } from '../config/config'
import type { RunEvent, RunState } from '../ilr/events'

/** Summary of a stored run, without its events. */
export interface RunSummary {
  /** Derived from the configuration. It decides the run, so equal configurations share one entry. */
  readonly id: string
  readonly config: RunConfig
  /** The visitor's name for the run; '' where it has none. */
  readonly name: string
  /** The step that the run resumes from. */
  readonly step: number
  /** Whether the run is over, so that nothing is left to resume. */
  readonly ended: boolean
  /** Time of its last checkpoint, in milliseconds since 1970. */
  readonly savedAt: number
  /** Checkpoints, oldest first. */
  readonly checkpoints: readonly Kept[]
}

/** A checkpoint: a state that a run can resume from. */
export interface CheckpointEntry extends Kept {
  /** SHA-256 of the state. */
  readonly check: string
  /** Number of the run's events that precede it. */
  readonly eventCount: number
}

/** The head of an entry. The entry's states and events lie in stores of their own. */
export interface Head extends RunSummary {
  readonly version: number
  /** Larger is newer. Clocks can go backwards, so nothing depends on the time. */
  readonly sequence: number
  readonly checkpoints: readonly CheckpointEntry[]
  /** Whether the visitor deleted the entry; it can still be restored. */
  readonly deleted: boolean
}

/**
 * Stores of the database. The keys of states are their steps, those of events count from 0; both within their
 * run.
 */
export interface CheckpointSchema extends DBSchema {
  heads: { key: string; value: Head }
  states: { key: [id: string, step: number]; value: RunState }
  events: { key: [id: string, number: number]; value: RunEvent }
}

/**
 * Version of the stores. In version 1 a head held all events of its run. Up to version 2 a run had one state,
 * under its id. The store of states keeps keys of any kind, so it need not be recreated.
 */
export const DATABASE_VERSION = 3
/** Version of the entries. An entry of another version is reported, never guessed at. */
export const ENTRY_VERSION = 4

type Upgrade = IDBPTransaction<CheckpointSchema, StoreNames<CheckpointSchema>[], 'versionchange'>

/** Returns the keys of a run's events or states, from number `from` on. */
export function keysOf(id: string, from = 0): IDBKeyRange {
  return IDBKeyRange.bound([id, from], [id, Number.POSITIVE_INFINITY])
}

/** Upgrades a new or older database to this version, completely or not at all. */
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

/**
 * Resolves once a transaction, and `work` within it, is done. If either fails, the transaction changes
 * nothing.
 */
export async function whole(
  tx: { readonly done: Promise<void>; readonly error: DOMException | null; abort(): void },
  work: Promise<unknown>,
): Promise<void> {
  const orAbort = work.catch((error) => {
    // The transaction was aborted from outside; its own error is the reason why its requests fail.
    if (tx.error !== null) throw tx.error
    tx.abort()
    throw error
  })
  await Promise.all([orAbort, tx.done])
}

/** Heads of versions 2 and 3, which lack the list of checkpoints. */
interface OlderHead extends Omit<Head, 'checkpoints' | 'name' | 'savedAt' | 'deleted'> {
  readonly check: string
  /** Present up to version 2. */
  readonly events?: unknown
  /** Present from version 3. */
  readonly eventCount?: unknown
}

/**
 * Moves events of version-2 entries out of the head, and the one state of version-2 and version-3 entries to
 * its new key. Other entries stay unchanged.
 */
async function moveEntries(tx: Upgrade): Promise<void> {
  const events = tx.objectStore('events')
  // Keys of older versions have another type.
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
 * Returns the discussion of a step among a run's events, or null. Events lie in the order of their steps, so
 * a binary search reads a dozen of thousands.
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

/**
 * Number of newest checkpoints to keep: if the last is damaged, the run can resume from the one before it.
 */
const LAST = 2

export interface Kept {
  readonly step: number
  readonly pinned: boolean
}

/**
 * Selects the checkpoints of a run to keep. Each is as large as its peers' adapters with their moments.
 * @param checkpoints all checkpoints, including the one just written
 * @param best the step with the best validation accuracy; its checkpoint is kept, if there is one
 * @returns those to keep, in the same order
 */
export function retained<T extends Kept>(checkpoints: readonly T[], best: number | null): T[] {
  const newest = checkpoints.map(({ step }) => step).sort((a, b) => b - a)
  const last = new Set(newest.slice(0, LAST))
  return checkpoints.filter(({ step, pinned }) => pinned || last.has(step) || step === best)
}
