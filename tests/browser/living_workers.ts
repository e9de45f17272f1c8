import { expect } from 'vitest'

/** Living workers of ours hold a lock each. */
export async function living(): Promise<number> {
  const { held = [] } = await navigator.locks.query()
  return held.filter(({ name }) => name?.startsWith('colloquy-')).length
}

export async function expectNoneLiving(): Promise<void> {
  await expect.poll(living).toBe(0)
}
