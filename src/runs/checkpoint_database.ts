/** Opens the database of checkpoints, or says why it cannot. */
import { type IDBPDatabase, openDB } from 'idb'
import type { Migration } from '../config/migrations'
import type { ColloquyError } from '../errors'
import { isRefusal, KEPT_RUNS, refusedStore, storage, typed } from './checkpoint_entry'
import { type CheckpointSchema, DATABASE_VERSION, upgradeLayout } from './checkpoint_layout'
import { migrateEntries } from './checkpoint_migration'

const PATIENCE_SECONDS = 5

/** Names of databases whose abandoned opening is still pending: another opening would wait behind it. */
const held = new Set<string>()

/**
 * Opens the database and migrates what earlier versions stored.
 * @throws ColloquyError `storage` where IndexedDB is missing, refused, held by another tab or too new
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

/**
 * Opens the database.
 * @param begun called when an upgrade begins. No tab holds the database then, so moving old entries may take
 * longer than the timeout.
 */
async function opened(name: string, begun: () => void): Promise<IDBPDatabase<CheckpointSchema>> {
  let upgrading = Promise.resolve()
  try {
    return await openDB<CheckpointSchema>(name, DATABASE_VERSION, {
      upgrade(db, version, _wanted, tx) {
        begun()
        upgrading = upgradeLayout(db, version, tx)
        // It is awaited below.
        upgrading.catch(() => undefined)
      },
      blocking: (_old, _new, event) => (event.target as IDBDatabase).close(),
    })
  } catch (error) {
    // The cause of a failed upgrade says more than the failure.
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
