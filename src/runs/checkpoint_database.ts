/** Opens the database of checkpoints, or says what stands in the way. */
import { type IDBPDatabase, openDB } from 'idb'
import type { Migration } from '../config/migrations'
import type { ColloquyError } from '../errors'
import { isRefusal, KEPT_RUNS, refusedStore, storage, typed } from './checkpoint_entry'
import { type CheckpointSchema, DATABASE_VERSION, upgradeLayout } from './checkpoint_layout'
import { migrateEntries } from './checkpoint_migration'

const PATIENCE_SECONDS = 5

/** Databases for which an opening that was given up on waits still: another one would wait behind it. */
const held = new Set<string>()

/**
 * What earlier versions kept is brought to this one.
 * @throws ColloquyError `storage` where IndexedDB is missing, refused, held by another tab or too new.
 */
export async function openDatabase(
  name: string,
  migrations: readonly Migration[],
): Promise<IDBPDatabase<CheckpointSchema>> {
  if (!('indexedDB' in globalThis)) throw storage(KEPT_RUNS, 'no IndexedDB here', 'Use a browser that has it')
  if (held.has(name)) throw heldElsewhere()
  let timer: ReturnType<typeof setTimeout> | undefined
  const opening = opened(name, () => clearTimeout(timer))
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      held.add(name)
      opening
        .then((db) => db.close())
        .catch(() => undefined)
        .finally(() => held.delete(name))
      reject(heldElsewhere())
    }, PATIENCE_SECONDS * 1000)
  })
  try {
    const db = await Promise.race([opening, timeout])
    clearTimeout(timer)
    await migrateEntries(db, migrations).catch((error) => {
      db.close()
      throw error
    })
    return db
  } catch (error) {
    throw isRefusal(error) ? refusedStore(error) : typed(KEPT_RUNS, error)
  } finally {
    clearTimeout(timer)
  }
}

/** @param begun is called where an upgrade begins: no tab holds the database then, and moving what older versions kept may take its time */
async function opened(name: string, begun: () => void): Promise<IDBPDatabase<CheckpointSchema>> {
  let upgrading = Promise.resolve()
  try {
    return await openDB<CheckpointSchema>(name, DATABASE_VERSION, {
      upgrade(db, version, _wanted, tx) {
        begun()
        upgrading = upgradeLayout(db, version, tx)
        // Awaited below.
        upgrading.catch(() => undefined)
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    })
  } catch (error) {
    // What made the upgrade fail says more than that it did.
    await upgrading
    throw error
  }
}

function heldElsewhere(): ColloquyError {
  return storage(
    KEPT_RUNS,
    'another tab that holds them, perhaps with an older version of this page',
    'Close the other tabs of this page; from then on runs are kept again',
  )
}
