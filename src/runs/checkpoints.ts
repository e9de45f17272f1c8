import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RunConfig } from '../config/config'
import { MIGRATIONS } from '../config/migrations'
import type { ColloquyError } from '../errors'
import type { Exchange, RunEvent, RunState } from '../ilr/events'
import { openDatabase } from './checkpoint_database'
import {
  checkedHead,
  checkOf,
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

/** A run kept in this browser, to go on from. */
export interface SavedRun extends RunSummary {
  /** Its `step`, `eval` and `exchange` events up to that step. */
  readonly events: readonly RunEvent[]
}

/** An entry that cannot be gone on from; it can still be deleted. */
export interface DamagedRun {
  readonly id: string
  readonly error: ColloquyError
}

const STORES: StoreNames<CheckpointSchema>[] = ['heads', 'states', 'events']

/**
 * Checkpoints in IndexedDB: one entry per run, some of its states and all its events. A checkpoint adds the events since
 * the one before, in one transaction with the state: after a crash, a full disk or a closed tab there is the whole new
 * checkpoint or the whole old one.
 */
export class Checkpoints {
  private constructor(
    private readonly db: IDBPDatabase<CheckpointSchema>,
    private readonly now: () => number,
  ) {}

  /**
   * Opens the store; what earlier versions kept is brought to this one.
   * @param now milliseconds since 1970
   * @throws as `openDatabase`
   */
  static async open(
    name = 'colloquy',
    { now = Date.now, migrations = MIGRATIONS } = {},
  ): Promise<Checkpoints> {
    return new Checkpoints(await openDatabase(name, migrations), now)
  }

  /**
   * Resolves once the checkpoint is on disk. `events` follow on the first `kept` ones of the run's entry, any later ones
   * of which go, with the checkpoints behind them: 0 for a run that starts afresh. Older checkpoints go as `retained` says. Where there is
   * no room, what was deleted is freed.
   * @throws ColloquyError `storage`, e.g. where the quota is used up or another tab has deleted the entry.
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
          before ? `${found} events of the ${kept} kept before` : 'that what was kept of it has been deleted',
          'Start the run afresh, and neither start nor delete it elsewhere meanwhile',
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
      // Some browsers need a moment to clear it away: there is room for the next checkpoint then.
      if (isFullStore(error)) await this.purge()
      throw error
    }
  }

  /** All entries, newest first, without their events. */
  async list(): Promise<{ runs: RunSummary[]; damaged: DamagedRun[] }> {
    return this.reading(listed)
  }

  /**
   * A run and a state to go on from, with the events up to it: that of a step, or the newest one that is whole.
   * @throws ColloquyError `storage` where the entry is missing, damaged or of another version.
   */
  async load(id: string, step?: number): Promise<{ run: SavedRun; state: RunState }> {
    const [head, states, events] = await this.reading((tx) =>
      Promise.all([
        tx.objectStore('heads').get(id),
        tx.objectStore('states').getAll(keysOf(id)),
        tx.objectStore('events').getAll(keysOf(id)),
      ]),
    )
    if (!head || head.deleted) throw storage(label(id), 'no such entry', 'Start the run afresh')
    const run = checkedHead(head, events.length)
    const wanted = head.checkpoints.filter((entry) => step === undefined || entry.step === step)
    if (wanted.length === 0)
      throw storage(label(id), `no checkpoint of step ${step}`, 'Go on from another one')
    for (const entry of [...wanted].reverse()) {
      const state = states.find((one) => one.step === entry.step)
      if (!state || (await checkOf(state).catch(() => null)) !== entry.check) continue
      const ended = state.ended !== null
      return { run: { ...run, step: entry.step, ended, events: events.slice(0, entry.eventCount) }, state }
    }
    throw damage(id)
  }

  /** One step's discussion, without reading the run's other events. @throws ColloquyError `storage` where it is not kept */
  async exchange(id: string, step: number): Promise<Exchange> {
    const event = await this.reading((tx) => exchangeEvent(tx.objectStore('events'), id, step))
    if (event === null)
      throw storage(`step ${step}`, 'no discussion of it in the store', 'Look at another step')
    return event.exchange
  }

  /** @throws ColloquyError `storage` where there is no such entry */
  async rename(id: string, name: string): Promise<void> {
    await this.change(id, (head) => ({ ...head, name }))
  }

  /** Keeps the checkpoint of a step whatever `retained` says, or no longer. @throws ColloquyError `storage` where there is none */
  async pin(id: string, step: number, pinned: boolean): Promise<void> {
    await this.change(id, (head) => {
      if (!head.checkpoints.some((entry) => entry.step === step))
        throw storage(label(id), `no checkpoint of step ${step}`, 'Choose one of those that are listed')
      const checkpoints = head.checkpoints.map((entry) =>
        entry.step === step ? { ...entry, pinned } : entry,
      )
      return { ...head, checkpoints }
    })
  }

  /**
   * Hides an entry, whole or damaged, until `restore` or `purge`. Where there is no room even to note that, it is freed at once.
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

  /** Takes `delete` back. @throws ColloquyError `storage` where the entry is gone */
  async restore(id: string): Promise<void> {
    await this.change(id, (head) => ({ ...head, deleted: false }))
  }

  /** Frees what was deleted. */
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
      if (!head) throw storage(label(id), 'no such entry', 'Reload the page to see which there are')
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

async function free(tx: Transaction<'readwrite'>, id: string): Promise<void> {
  await tx.objectStore('heads').delete(id)
  await tx.objectStore('states').delete(keysOf(id))
  await tx.objectStore('events').delete(keysOf(id))
}

/** Counts events, which does not read them. */
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
