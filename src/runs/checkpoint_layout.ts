/** How checkpoints lie in IndexedDB, and how a database of an older Colloquy comes to lie so. */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RunEvent, RunState } from '../ilr/events'
import type { RunConfig } from './config'
import { DIGEST_START, extendDigest, jsonBytes } from './digest'

/** What there is to say of a kept run without reading its events. */
export interface RunSummary {
  /** Made from the configuration: a run is decided by it, so equal configurations share one entry. */
  readonly id: string
  readonly config: RunConfig
  /** The step it goes on from. */
  readonly step: number
  /** Whether it is over: nothing is left to go on with. */
  readonly ended: boolean
}

/** An entry is its head, and under the same id a state and events. */
export interface Head extends RunSummary {
  readonly version: number
  /** Larger is newer. */
  readonly sequence: number
  /** SHA-256 over the state beside it. */
  readonly check: string
  /** How many events belong to it. */
  readonly eventCount: number
}

/** Events are numbered from 0 within their run. */
export interface CheckpointSchema extends DBSchema {
  heads: { key: string; value: Head }
  states: { key: string; value: RunState }
  events: { key: [id: string, number: number]; value: RunEvent }
}

/** Of the stores. In version 1 there was none for events: a head had them all. */
export const DATABASE_VERSION = 2
/** Of the entries. An entry of another version is reported, never guessed at. */
export const ENTRY_VERSION = 3

type Upgrade = IDBPTransaction<CheckpointSchema, StoreNames<CheckpointSchema>[], 'versionchange'>

/** The name under which a run of this configuration is kept. */
export function runId(config: RunConfig): Promise<string> {
  return extendDigest(DIGEST_START, [jsonBytes(config)])
}

/** The keys of a run's events, those before number `from` left out. */
export function eventKeys(id: string, from = 0): IDBKeyRange {
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
  db.createObjectStore('events')
  await whole(tx, moveEvents(tx))
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

/** Entries of version 2 had their events in the head. Those of other versions stay as they are. */
async function moveEvents(tx: Upgrade): Promise<void> {
  const store = tx.objectStore('events')
  for (let at = await tx.objectStore('heads').openCursor(); at; at = await at.continue()) {
    const { events, ...head } = at.value as Head & { readonly events: unknown }
    if (head.version !== 2 || !Array.isArray(events)) continue
    await Promise.all([
      ...events.map((event, number) => store.put(event, [head.id, number])),
      at.update({ ...head, version: ENTRY_VERSION, eventCount: events.length }),
    ])
  }
}
