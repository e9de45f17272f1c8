/** Migrates stored runs of an earlier configuration schema. */
import type { IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import { CONFIG_VERSION, type RunConfig } from '../config/config'
import { type Migration, readRunConfig } from '../config/migrations'
import { ColloquyError } from '../errors'
import { runId } from './checkpoint_entry'
import { type CheckpointSchema, ENTRY_VERSION, type Head, keysOf, whole } from './checkpoint_layout'

/**
 * Rewrites the configurations of entries of earlier versions. An entry's id derives from its configuration,
 * so the entry moves, in a transaction of its own. An unreadable entry stays as it is and is reported when
 * runs are listed.
 */
export async function migrateEntries(
  db: IDBPDatabase<CheckpointSchema>,
  migrations: readonly Migration[],
): Promise<void> {
  for (const head of await db.getAll('heads')) {
    if (head.version !== ENTRY_VERSION || head.config?.version === CONFIG_VERSION) continue
    const config = migrated(head, migrations)
    if (config === null) continue
    const id = await runId(config)
    const tx = db.transaction(['heads', 'states', 'events'], 'readwrite', { durability: 'strict' })
    await whole(tx, moveEntry(tx, head.id, { ...head, id, config }))
  }
}

function migrated(head: Head, migrations: readonly Migration[]): RunConfig | null {
  try {
    return readRunConfig(head.config, migrations)
  } catch (error) {
    if (error instanceof ColloquyError) return null
    throw error
  }
}

type Move = IDBPTransaction<CheckpointSchema, StoreNames<CheckpointSchema>[], 'readwrite'>

/** Moves an entry to a new id, unless another tab was faster or the new id already has an entry. */
async function moveEntry(tx: Move, from: string, head: Head): Promise<void> {
  const [heads, states, events] = [
    tx.objectStore('heads'),
    tx.objectStore('states'),
    tx.objectStore('events'),
  ]
  const kept = await states.getAll(keysOf(from))
  if (kept.length === 0 || (await heads.getKey(from)) === undefined) return
  if ((await heads.getKey(head.id)) !== undefined) return
  const said = await events.getAll(keysOf(from))
  await Promise.all([
    heads.delete(from),
    states.delete(keysOf(from)),
    events.delete(keysOf(from)),
    heads.put(head),
    ...kept.map((state) => states.put(state, [head.id, state.step])),
    ...said.map((event, number) => events.put(event, [head.id, number])),
  ])
}
