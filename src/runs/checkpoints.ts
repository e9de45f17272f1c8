import { type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb'
import { ColloquyError } from '../errors'
import type { RunEvent, RunState } from '../ilr/events'
import {
  type CheckpointSchema,
  DATABASE_VERSION,
  ENTRY_VERSION,
  eventKeys,
  type Head,
  type RunSummary,
  runId,
  upgradeLayout,
  whole,
} from './checkpoint_layout'
import { migrateEntries } from './checkpoint_migration'
import type { RunConfig } from './config'
import { extendDigest, f32Bytes, jsonBytes, textBytes } from './digest'
import { MIGRATIONS, readRunConfig } from './migrations'

export { type RunSummary, runId }

/** A run kept in this browser, to go on from. */
export interface SavedRun extends RunSummary {
  /** The `step` and `eval` events up to that step. */
  readonly events: readonly RunEvent[]
}

/** An entry that cannot be gone on from; it can still be deleted. */
export interface DamagedRun {
  readonly id: string
  readonly error: ColloquyError
}

const OPEN_SECONDS = 5
const STORES: StoreNames<CheckpointSchema>[] = ['heads', 'states', 'events']

/**
 * Checkpoints in IndexedDB: one entry per run, its latest state and all its events. A checkpoint adds the events since
 * the one before, in one transaction with the state: after a crash, a full disk or a closed tab there is the whole new
 * checkpoint or the whole old one.
 */
export class Checkpoints {
  private constructor(private readonly db: IDBPDatabase<CheckpointSchema>) {}

  /**
   * Opens the store; what earlier versions kept is brought to this one.
   * @throws ColloquyError `storage` where IndexedDB is missing, refused, blocked by another tab or too new.
   */
  static async open(name = 'colloquy', migrations = MIGRATIONS): Promise<Checkpoints> {
    if (!('indexedDB' in globalThis)) throw storage(name, 'no IndexedDB here', 'Use a browser that has it')
    let late = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let upgrading = Promise.resolve()
    const opening = openDB<CheckpointSchema>(name, DATABASE_VERSION, {
      upgrade(db, version, _wanted, tx) {
        // No tab keeps it locked, and moving what older versions kept may take its time.
        clearTimeout(timer)
        upgrading = upgradeLayout(db, version, tx)
        // Awaited below.
        upgrading.catch(() => undefined)
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    }).then(
      (db) => {
        if (late) db.close()
        return db
      },
      async (error) => {
        // What made the upgrade fail says more than that it did.
        await upgrading
        throw error
      },
    )
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late = true
        reject(storage(name, 'another tab that keeps it locked', 'Close the other tabs of this page'))
      }, OPEN_SECONDS * 1000)
    })
    try {
      const db = await Promise.race([opening, timeout])
      clearTimeout(timer)
      await migrateEntries(db, migrations).catch((error) => {
        db.close()
        throw error
      })
      return new Checkpoints(db)
    } catch (error) {
      throw typed(name, error)
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Resolves once the checkpoint is on disk. `events` follow on the first `kept` ones of the run's entry, any later ones
   * of which go: 0 for a run that starts afresh.
   * @throws ColloquyError `storage`, e.g. where the quota is used up or another tab has deleted the entry.
   */
  async save(config: RunConfig, state: RunState, kept: number, events: readonly RunEvent[]): Promise<void> {
    const id = await runId(config)
    const check = await checkOf(state)
    await this.writing(`checkpoint of step ${state.step}`, async (tx) => {
      const heads = tx.objectStore('heads')
      const known = await heads.getAll()
      const found = known.find((head) => head.id === id)?.eventCount ?? 0
      if (found < kept)
        throw storage(
          label(id),
          `${found} events of the ${kept} kept before`,
          'Start the run afresh, and neither start nor delete it in another tab meanwhile',
        )
      const log = tx.objectStore('events')
      await log.delete(eventKeys(id, kept))
      for (const [i, event] of events.entries()) await log.put(event, [id, kept + i])
      await heads.put({
        version: ENTRY_VERSION,
        id,
        sequence: known.reduce((top, head) => Math.max(top, head.sequence + 1), 0),
        check,
        config,
        step: state.step,
        ended: state.ended !== null,
        eventCount: kept + events.length,
      })
      await tx.objectStore('states').put(state, id)
    })
  }

  /** All entries, newest first, without their events. */
  async list(): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
    return this.reading(listed)
  }

  /** The newest run that is not over, or null. */
  async latest(): Promise<SavedRun | null> {
    return this.reading(async (tx) => {
      const { runs } = await listed(tx)
      const run = runs.find(({ ended }) => !ended)
      return run ? { ...run, events: await tx.objectStore('events').getAll(eventKeys(run.id)) } : null
    })
  }

  /** @throws ColloquyError `storage` where the entry is missing, damaged or of another version. */
  async load(id: string): Promise<{ run: SavedRun; state: RunState }> {
    const [head, state, events] = await this.reading((tx) =>
      Promise.all([
        tx.objectStore('heads').get(id),
        tx.objectStore('states').get(id),
        tx.objectStore('events').getAll(eventKeys(id)),
      ]),
    )
    if (!head || !state) throw storage(label(id), 'no such entry', 'Start the run afresh')
    const run = { ...checkedHead(head, events.length), events }
    const check = await checkOf(state).catch(() => null)
    if (state.step !== run.step || check !== head.check) throw damage(id)
    return { run, state }
  }

  async delete(id: string): Promise<void> {
    await this.writing(label(id), (tx) =>
      Promise.all([
        tx.objectStore('heads').delete(id),
        tx.objectStore('states').delete(id),
        tx.objectStore('events').delete(eventKeys(id)),
      ]),
    )
  }

  close(): void {
    this.db.close()
  }

  private async reading<T>(work: (tx: Transaction<'readonly'>) => Promise<T>): Promise<T> {
    try {
      return await work(this.db.transaction(STORES))
    } catch (error) {
      throw typed('saved runs', error)
    }
  }

  /** Resolves once all of it is on disk; where it fails, nothing of it is kept. */
  private async writing(
    what: string,
    work: (tx: Transaction<'readwrite'>) => Promise<unknown>,
  ): Promise<void> {
    try {
      const tx = this.db.transaction(STORES, 'readwrite', { durability: 'strict' })
      await whole(tx, work(tx))
    } catch (error) {
      throw typed(what, error)
    }
  }
}

type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<
  CheckpointSchema,
  StoreNames<CheckpointSchema>[],
  Mode
>

/** Counts events, which does not read them. */
async function listed(tx: Transaction<'readonly'>): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
  const heads = await tx.objectStore('heads').getAll()
  const counts = await Promise.all(heads.map(({ id }) => tx.objectStore('events').count(eventKeys(id))))
  const runs: RunSummary[] = []
  const damaged: DamagedRun[] = []
  const newest = heads.map((head, i) => ({ head, count: counts[i] }))
  newest.sort((a, b) => b.head.sequence - a.head.sequence)
  for (const { head, count } of newest)
    try {
      runs.push(checkedHead(head, count))
    } catch (error) {
      damaged.push({ id: head.id, error: typed(label(head.id), error) })
    }
  return { runs, damaged }
}

function label(id: string): string {
  return `saved run ${id.slice(0, 8)}`
}

/** `found` is how many events lie beside it. */
function checkedHead(head: Head, found: number): RunSummary {
  if (head.version !== ENTRY_VERSION)
    throw new ColloquyError({
      code: 'storage',
      what: label(head.id),
      found: `layout ${head.version}`,
      wanted: `layout ${ENTRY_VERSION}`,
      todo: 'Delete it and start the run afresh',
    })
  const { id, step, ended, eventCount } = head
  // Those of an earlier version were brought to this one when the store was opened, where they can be read.
  const config = readRunConfig(head.config, [])
  if (!Number.isSafeInteger(step) || step < 0 || typeof ended !== 'boolean') throw damage(id)
  if (found !== eventCount) throw damage(id, `${found} of its ${eventCount} events`)
  return { id, config, step, ended }
}

function checkOf(state: RunState): Promise<string> {
  const { adapters, best, digest, ...rest } = state
  const parts = [adapters, best?.adapters ?? {}].flatMap((kept) =>
    Object.keys(kept)
      .sort()
      .flatMap((peer) => {
        const { updates, parameters, firstMoments, secondMoments } = kept[peer]
        return [
          textBytes(`${peer} ${updates}`),
          ...[parameters, firstMoments, secondMoments].flatMap((layers) => layers.map(f32Bytes)),
        ]
      }),
  )
  const scores = best && { step: best.step, accuracy: best.accuracy, age: best.age }
  return extendDigest(digest, [jsonBytes({ ...rest, best: scores }), ...parts])
}

function damage(id: string, found = 'a damaged entry'): ColloquyError {
  return storage(label(id), found, 'Delete it and start the run afresh')
}

function storage(what: string, found: string, todo: string, cause?: unknown): ColloquyError {
  return new ColloquyError(
    { code: 'storage', what, found, wanted: 'a usable checkpoint store', todo },
    { cause },
  )
}

function typed(what: string, error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  const name = error instanceof Error || error instanceof DOMException ? error.name : 'Error'
  if (name === 'QuotaExceededError')
    return storage(what, 'no space left for this site', 'Delete saved runs or free disk space', error)
  if (name === 'VersionError')
    return storage(what, 'a database of a newer Colloquy', 'Reload the page to get the newer version', error)
  return storage(
    what,
    `${name}: ${error instanceof Error ? error.message : String(error)}`,
    'Reload the page',
    error,
  )
}
