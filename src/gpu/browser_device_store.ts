import { type DBSchema, openDB } from 'idb'
import type { DeviceStore } from './device'

interface Schema extends DBSchema {
  choices: { key: string; value: string }
}

/** Keeps facts in IndexedDB, shared by every page and worker of this site. */
export function browserDeviceStore(name = 'colloquy-variants'): DeviceStore {
  return {
    once: (key, make) =>
      navigator.locks.request(name, async () => {
        const db = await openDB<Schema>(name, 1, { upgrade: (fresh) => fresh.createObjectStore('choices') })
        try {
          const kept = await db.get('choices', key)
          if (kept !== undefined) return kept
          const made = await make()
          await db.put('choices', made, key)
          return made
        } finally {
          db.close()
        }
      }),
  }
}
