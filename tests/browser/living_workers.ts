import { expect } from 'vitest'

/** Counts our living workers: each holds one lock. */
export async function living(): Promise<number> {
  const { held = [] } = await navigator.locks.query()
  return held.filter(({ name }) => name?.startsWith('colloquy-')).length
}

export async function expectNoneLiving(): Promise<void> {
  await expect.poll(living).toBe(0)
}
