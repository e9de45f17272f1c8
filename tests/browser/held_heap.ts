import { cdp } from 'vitest/browser'

/** The protocol's answer, with fields that vitest's types lack. */
interface Protocol {
  send(method: string): Promise<{ usedSize: number; backingStorageSize: number }>
}

/** Returns the bytes of reachable JavaScript objects and array buffers. */
export async function heldHeap(): Promise<number> {
  const session = cdp() as unknown as Protocol
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
  return usedSize + backingStorageSize
}
