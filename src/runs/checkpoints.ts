import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { ColloquyError } from '../errors'
import type { RunEvent, RunState } from '../ilr/events'
import { parseRunConfig, type RunConfig } from './config'
import { DIGEST_START, extendDigest, f32Bytes, jsonBytes, textBytes } from './digest'

/** A run kept in this browser, to go on from. */
export interface SavedRun {
  /** Made from the configuration: a run is decided by it, so equal configurations share one entry. */
  readonly id: string
  readonly config: RunConfig
  /** The step it goes on from. */
  readonly step: number
  /** Whether it is over: nothing is left to go on with. */
  readonly ended: boolean
  /** The `step` and `eval` events up to that step. */
  readonly events: readonly RunEvent[]
}

/** An entry that cannot be gone on from; it can still be deleted. */
export interface DamagedRun {
  readonly id: string
  readonly error: ColloquyError
}

interface Head extends SavedRun {
  readonly version: number
  /** Larger is newer. */
  readonly sequence: number
  /** SHA-256 over the state beside it. */
  readonly check: string
}

interface Schema extends DBSchema {
  heads: { key: string; value: Head }
  states: { key: string; value: RunState }
}

/** Of the entries' layout. An entry of another version is reported, never guessed at. */
const ENTRY_VERSION = 2
const OPEN_SECONDS = 5

/**
 * Checkpoints in IndexedDB: one entry per run, its latest. A checkpoint is one transaction over both stores: after
 * a crash, a full disk or a closed tab there is the whole new checkpoint or the whole old one.
 */
export class Checkpoints {
  private constructor(private readonly db: IDBPDatabase<Schema>) {}

  /** @throws ColloquyError `storage` where IndexedDB is missing, refused, blocked by another tab or too new. */
  static async open(name = 'colloquy'): Promise<Checkpoints> {
    if (!('indexedDB' in globalThis)) throw storage(name, 'no IndexedDB here', 'Use a browser that has it')
    let late = false
    const opening = openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore('heads', { keyPath: 'id' })
        db.createObjectStore('states')
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    }).then((db) => {
      if (late) db.close()
      return new Checkpoints(db)
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late = true
        reject(storage(name, 'another tab that keeps it locked', 'Close the other tabs of this page'))
      }, OPEN_SECONDS * 1000)
    })
    try {
      return await Promise.race([opening, timeout])
    } catch (error) {
      throw typed(name, error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Resolves once the checkpoint is on disk. @throws ColloquyError `storage`, e.g. where the quota is used up. */
  async save(config: RunConfig, state: RunState, events: readonly RunEvent[]): Promise<void> {
    const id = await runId(config)
    const check = await checkOf(state)
    try {
      const tx = this.db.transaction(['heads', 'states'], 'readwrite', { durability: 'strict' })
      const done = tx.done
      // Awaited below; a failure in between must not count as unhandled.
      done.catch(() => undefined)
      const heads = tx.objectStore('heads')
      const sequence = (await heads.getAll()).reduce((top, head) => Math.max(top, head.sequence + 1), 0)
      await Promise.all([
        heads.put({
          version: ENTRY_VERSION,
          id,
          sequence,
          check,
          config,
          step: state.step,
          ended: state.ended !== null,
          events: [...events],
        }),
        tx.objectStore('states').put(state, id),
      ])
      await done
    } catch (error) {
      throw typed(`checkpoint of step ${state.step}`, error)
    }
  }

  /** All entries, newest first. */
  async list(): Promise<{ runs: SavedRun[]; damaged: DamagedRun[] }> {
    const heads = await this.reading((db) => db.getAll('heads'))
    heads.sort((a, b) => b.sequence - a.sequence)
    const runs: SavedRun[] = []
    const damaged: DamagedRun[] = []
    for (const head of heads)
      try {
        runs.push(checkedHead(head))
      } catch (error) {
        damaged.push({ id: head.id, error: typed(label(head.id), error) })
      }
    return { runs, damaged }
  }

  /** The newest run that is not over, or null. */
  async latest(): Promise<SavedRun | null> {
    const { runs } = await this.list()
    return runs.find((run) => !run.ended) ?? null
  }

  /** @throws ColloquyError `storage` where the entry is missing, damaged or of another version. */
  async load(id: string): Promise<{ run: SavedRun; state: RunState }> {
    const { head, state } = await this.reading(async (db) => {
      const tx = db.transaction(['heads', 'states'])
      const [head, state] = await Promise.all([
        tx.objectStore('heads').get(id),
        tx.objectStore('states').get(id),
      ])
      return { head, state }
    })
    if (!head || !state) throw storage(label(id), 'no such entry', 'Start the run afresh')
    const run = checkedHead(head)
    const check = await checkOf(state).catch(() => null)
    if (state.step !== run.step || check !== head.check)
      throw storage(label(id), 'a damaged entry', 'Delete it and start the run afresh')
    return { run, state }
  }

  async delete(id: string): Promise<void> {
    try {
      const tx = this.db.transaction(['heads', 'states'], 'readwrite')
      await Promise.all([tx.objectStore('heads').delete(id), tx.objectStore('states').delete(id), tx.done])
    } catch (error) {
      throw typed(label(id), error)
    }
  }

  close(): void {
    this.db.close()
  }

  private async reading<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    try {
      return await work(this.db)
    } catch (error) {
      throw typed('saved runs', error)
    }
  }
}

/** The name under which a run of this configuration is kept. */
export function runId(config: RunConfig): Promise<string> {
  return extendDigest(DIGEST_START, [jsonBytes(config)])
}

function label(id: string): string {
  return `saved run ${id.slice(0, 8)}`
}

function checkedHead(head: Head): SavedRun {
  if (head.version !== ENTRY_VERSION)
    throw new ColloquyError({
      code: 'storage',
      what: label(head.id),
      found: `layout ${head.version}`,
      wanted: `layout ${ENTRY_VERSION}`,
      todo: 'Delete it and start the run afresh',
    })
  const { id, step, ended, events } = head
  const config = parseRunConfig(head.config)
  if (!Number.isSafeInteger(step) || step < 0 || typeof ended !== 'boolean' || !Array.isArray(events))
    throw storage(label(id), 'a damaged entry', 'Delete it and start the run afresh')
  return { id, config, step, ended, events }
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
