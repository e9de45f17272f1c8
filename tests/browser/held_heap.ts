import { cdp } from 'vitest/browser'

/** The protocol's own answer has what its types in vitest leave out. */
interface Protocol {
  send(method: string): Promise<{ usedSize: number; backingStorageSize: number }>
}

/** Bytes of JavaScript objects and array buffers that something holds. */
export async function heldHeap(): Promise<number> {
  const session = cdp() as unknown as Protocol
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
  return usedSize + backingStorageSize
}
