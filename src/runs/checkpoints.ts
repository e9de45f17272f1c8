import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RunConfig } from '../config/config'
import { MIGRATIONS } from '../config/migrations'
import type { ColloquyError } from '../errors'
import type { Exchange, RunEvent, RunState } from '../ilr/events'
import { openDatabase } from './checkpoint_database'
import {
  checkedHead,
  checkOf,
  currentState,
  damage,
  isFullStore,
  KEPT_RUNS,
  label,
  runId,
  storage,
  typed,
} from './checkpoint_entry'
import {
  type CheckpointSchema,
  ENTRY_VERSION,
  exchangeEvent,
  type Head,
  keysOf,
  type RunSummary,
  retained,
  whole,
} from './checkpoint_layout'

/** A run stored in this browser, to resume. */
export interface SavedRun extends RunSummary {
  /** The run's `step`, `eval` and `exchange` events up to that step. */
  readonly events: readonly RunEvent[]
}

/** An entry that cannot be resumed; it can still be deleted. */
export interface DamagedRun {
  readonly id: string
  readonly error: ColloquyError
}

const STORES: StoreNames<CheckpointSchema>[] = ['heads', 'states', 'events']

/**
 * Checkpoints in IndexedDB: one entry per run, with some of its states and all its events. A checkpoint adds
 * its state and the events since the previous one, in one transaction. So a crash, a full disk or a closed
 * tab leaves the complete new checkpoint or the complete old one.
 */
export class Checkpoints {
  private constructor(
    private readonly db: IDBPDatabase<CheckpointSchema>,
    private readonly now: () => number,
  ) {}

  /**
   * Opens the store and migrates what earlier versions stored.
   * @param now returns milliseconds since 1970
   * @throws as `openDatabase`
   */
  static async open(
    name = 'colloquy',
    { now = Date.now, migrations = MIGRATIONS } = {},
  ): Promise<Checkpoints> {
    return new Checkpoints(await openDatabase(name, migrations), now)
  }

  /**
   * Saves a checkpoint; resolves once it is on disk. `events` follow the first `kept` events of the run's
   * entry: 0 for a new run. Later events of the entry are deleted, with their checkpoints. `retained` selects
   * which older checkpoints stay. If there is no room, deleted entries are purged.
   * @throws ColloquyError `storage`, e.g. where the quota is used up or another tab has deleted the entry
   */
  async save(config: RunConfig, state: RunState, kept: number, events: readonly RunEvent[]): Promise<void> {
    const id = await runId(config)
    const check = await checkOf(state)
    const write = async (tx: Transaction<'readwrite'>) => {
      const heads = tx.objectStore('heads')
      const known = await heads.getAll()
      const before = known.find((head) => head.id === id && head.version === ENTRY_VERSION && !head.deleted)
      const found = await tx.objectStore('events').count(keysOf(id))
      if (found < kept || (kept > 0 && !before))
        throw storage(
          label(id),
          before ? `${found} events of the ${kept} kept before` : 'a run whose stored data was deleted',
          'Start the run again, and do not start or delete it in another tab meanwhile',
        )
      const log = tx.objectStore('events')
      await log.delete(keysOf(id, kept))
      for (const [i, event] of events.entries()) await log.put(event, [id, kept + i])
      const entry = { step: state.step, check, eventCount: kept + events.length, pinned: false }
      const older = (before?.checkpoints ?? []).filter(
        ({ step, eventCount }) => step < entry.step && eventCount <= kept,
      )
      const checkpoints = retained([...older, entry], state.best?.step ?? null)
      const states = tx.objectStore('states')
      const stays = new Set(checkpoints.map(({ step }) => step))
      for (const [, step] of await states.getAllKeys(keysOf(id)))
        if (!stays.has(step)) await states.delete([id, step])
      await states.put(state, [id, state.step])
      await heads.put({
        version: ENTRY_VERSION,
        id,
        sequence: known.reduce((top, head) => Math.max(top, head.sequence + 1), 0),
        config,
        name: before?.name ?? '',
        step: state.step,
        ended: state.ended !== null,
        savedAt: this.now(),
        checkpoints,
        deleted: false,
      })
    }
    try {
      await this.writing(`checkpoint of step ${state.step}`, write)
    } catch (error) {
      // Some browsers free the space only after a moment, so it serves the next checkpoint.
      if (isFullStore(error)) await this.purge()
      throw error
    }
  }

  /** Returns all entries, newest first, without their events. */
  async list(): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
    return this.reading(listed)
  }

  /**
   * Returns a run, a state to resume from, and the events up to it: the state of `step`, or the newest intact
   * one.
   * @throws ColloquyError `storage` where the entry is missing, damaged or of another version
   */
  async load(id: string, step?: number): Promise<{ run: SavedRun; state: RunState }> {
    const [head, states, events] = await this.reading((tx) =>
      Promise.all([
        tx.objectStore('heads').get(id),
        tx.objectStore('states').getAll(keysOf(id)),
        tx.objectStore('events').getAll(keysOf(id)),
      ]),
    )
    if (!head || head.deleted) throw storage(label(id), 'no such entry', 'Start the run again')
    const run = checkedHead(head, events.length)
    const wanted = head.checkpoints.filter((entry) => step === undefined || entry.step === step)
    if (wanted.length === 0)
      throw storage(label(id), `no checkpoint of step ${step}`, 'Resume from another one')
    for (const entry of [...wanted].reverse()) {
      const state = states.find((one) => one.step === entry.step)
      if (!state || (await checkOf(state).catch(() => null)) !== entry.check) continue
      const ended = state.ended !== null
      const loaded = { ...run, step: entry.step, ended, events: events.slice(0, entry.eventCount) }
      return { run: loaded, state: currentState(state) }
    }
    throw damage(id)
  }

  /**
   * Returns one step's discussion, without reading the run's other events.
   * @throws ColloquyError `storage` where it is not stored
   */
  async exchange(id: string, step: number): Promise<Exchange> {
    const event = await this.reading((tx) => exchangeEvent(tx.objectStore('events'), id, step))
    if (event === null)
      throw storage(`step ${step}`, 'no discussion of it in the store', 'Choose another step')
    return event.exchange
  }

  /** @throws ColloquyError `storage` where there is no such entry */
  async rename(id: string, name: string): Promise<void> {
    await this.change(id, (head) => ({ ...head, name }))
  }

  /**
   * Pins a checkpoint, so that `retained` always keeps it, or unpins it.
   * @throws ColloquyError `storage` where there is no such checkpoint
   */
  async pin(id: string, step: number, pinned: boolean): Promise<void> {
    await this.change(id, (head) => {
      if (!head.checkpoints.some((entry) => entry.step === step))
        throw storage(label(id), `no checkpoint of step ${step}`, 'Choose a listed checkpoint')
      const checkpoints = head.checkpoints.map((entry) =>
        entry.step === step ? { ...entry, pinned } : entry,
      )
      return { ...head, checkpoints }
    })
  }

  /**
   * Hides an entry, intact or damaged, until `restore` or `purge`. If there is no room even for that note, it
   * is deleted at once.
   * @returns whether it can be restored
   */
  async delete(id: string): Promise<boolean> {
    try {
      await this.change(id, (head) => ({ ...head, deleted: true }))
      return true
    } catch (error) {
      if (!isFullStore(error)) throw error
      await this.writing(label(id), (tx) => free(tx, id))
      return false
    }
  }

  /**
   * Undoes `delete`.
   * @throws ColloquyError `storage` where the entry is gone
   */
  async restore(id: string): Promise<void> {
    await this.change(id, (head) => ({ ...head, deleted: false }))
  }

  /** Removes deleted entries for good. */
  async purge(): Promise<void> {
    await this.writing('deleted runs', async (tx) => {
      for (const { id, deleted } of await tx.objectStore('heads').getAll()) {
        if (deleted) await free(tx, id)
      }
    })
  }

  private async change(id: string, changed: (head: Head) => Head): Promise<void> {
    await this.writing(label(id), async (tx) => {
      const heads = tx.objectStore('heads')
      const head = await heads.get(id)
      if (!head) throw storage(label(id), 'no such entry', 'Reload the page to see the current list')
      await heads.put(changed(head))
    })
  }

  close(): void {
    this.db.close()
  }

  private async reading<T>(work: (tx: Transaction<'readonly'>) => Promise<T>): Promise<T> {
    try {
      return await work(this.db.transaction(STORES))
    } catch (error) {
      throw typed(KEPT_RUNS, error)
    }
  }

  /** Runs `work` in a transaction. Resolves once everything is on disk; if it fails, nothing changes. */
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

async function free(tx: Transaction<'readwrite'>, id: string): Promise<void> {
  await tx.objectStore('heads').delete(id)
  await tx.objectStore('states').delete(keysOf(id))
  await tx.objectStore('events').delete(keysOf(id))
}

/** Lists entries. It counts their events without reading them. */
async function listed(tx: Transaction<'readonly'>): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
  const heads = (await tx.objectStore('heads').getAll()).filter(({ deleted }) => !deleted)
  const counts = await Promise.all(heads.map(({ id }) => tx.objectStore('events').count(keysOf(id))))
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
