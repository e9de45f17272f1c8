import type { Backend } from '../../model/runtime'
import './watch'

const PAGE_BYTES = 4096

export interface MemoryUse {
  /** Of the wasm heap: bytes in pages of 4 KiB whose content the work changed. On WebGPU, bytes of GPU buffers at the peak. */
  readonly extra: number
  /** By how much the wasm heap grew, or live GPU buffers. */
  readonly growth: number
}

/**
 * The memory that work takes beyond what is there before it. In a wasm heap, freed memory is used again, so that its size says little;
 * but whatever the work computes it has to write somewhere, and that is compared: never less than the peak.
 * @param scribble fills free memory of the wasm heap with noise, so that no page can happen to hold already what is written to it
 */
export async function memoryUse(
  backend: Backend,
  scribble: () => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<MemoryUse> {
  const watch = globalThis.colloquyWatch
  if (!watch) throw new Error('nothing watches this thread')
  if (backend === 'webgpu') {
    const { gpu } = watch
    const before = gpu.bytes
    gpu.peak = before
    await work()
    return { extra: gpu.peak - before, growth: gpu.bytes - before }
  }
  const [memory] = [...watch.memories].sort((a, b) => b.buffer.byteLength - a.buffer.byteLength)
  if (!memory) throw new Error('no wasm memory was made in this thread')
  await scribble()
  const before = new BigUint64Array(new BigUint64Array(memory.buffer))
  await work()
  const after = new BigUint64Array(memory.buffer)
  const words = PAGE_BYTES / 8
  let pages = 0
  for (let page = 0; page < after.length / words; page++) {
    let at = page * words
    const end = at + words
    while (at < end && after[at] === (before[at] ?? 0n)) at++
    if (at < end) pages++
  }
  return { extra: pages * PAGE_BYTES, growth: (after.length - before.length) * 8 }
}
