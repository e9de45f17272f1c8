/** Where a run with the same configuration comes to the same digest (docs/reproducibility.md). */
import type { ModelConfig } from './import/config'
import type { Backend } from './runtime'
import { heldInF32 } from './weights/quantize'

/**
 * `exact`: in every engine on every machine. `threads`: where a peer has the same number of threads, since ONNX Runtime cuts sums
 * in other places for another number. `device`: on the same GPU, driver and browser.
 */
export type Determinism = 'exact' | 'threads' | 'device'

/** From the least to the most that must be the same. */
const ORDER: readonly Determinism[] = ['exact', 'threads', 'device']

/** On wasm models are computed with in f32, on one thread, unless they are too large. */
export function determinismOf(backend: Backend, config: ModelConfig): Determinism {
  if (backend === 'webgpu') return 'device'
  return heldInF32(backend, config) ? 'exact' : 'threads'
}

/** Of several peers together. A peer that does not say, as one without a model, is exact. */
export function determinismOfAll(peers: readonly { readonly determinism?: Determinism }[]): Determinism {
  const places = peers.map(({ determinism }) => ORDER.indexOf(determinism ?? 'exact'))
  return ORDER[Math.max(...places)]
}

/** In a few words, for the page and the command. */
export const DETERMINISM_TEXT: Readonly<Record<Determinism, string>> = {
  exact: 'exact: the same on every machine',
  threads: 'fast: the same where a peer has as many threads',
  device: 'fast: the same on this device only',
}
