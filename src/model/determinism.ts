/**
 * Conditions under which a run with the same configuration gives the same digest (docs/reproducibility.md).
 */
import type { ModelConfig } from './import/config'
import type { Backend } from './runtime'
import { heldInF32 } from './weights/quantize'

/**
 * `exact`: in every engine on every machine. `threads`: with the same number of threads per peer, because
 * ONNX Runtime splits sums by that number. `device`: on the same GPU, driver and browser.
 */
export type Determinism = 'exact' | 'threads' | 'device'

/** From the fewest to the most conditions. */
const ORDER: readonly Determinism[] = ['exact', 'threads', 'device']

/**
 * Returns the determinism of a backend and model. Wasm computes in f32 on one thread, unless the model is too
 * large.
 */
export function determinismOf(backend: Backend, config: ModelConfig): Determinism {
  if (backend === 'webgpu') return 'device'
  return heldInF32(backend, config) ? 'exact' : 'threads'
}

/**
 * Returns the weakest determinism of several peers. A peer without one, such as a scripted peer, counts as
 * exact.
 */
export function determinismOfAll(peers: readonly { readonly determinism?: Determinism }[]): Determinism {
  const places = peers.map(({ determinism }) => ORDER.indexOf(determinism ?? 'exact'))
  return ORDER[Math.max(...places)]
}

/** Short text of each kind, for the page and the command. */
export const DETERMINISM_TEXT: Readonly<Record<Determinism, string>> = {
  exact: 'exact: the same on every machine',
  threads: 'fast: the same with the same number of threads per peer',
  device: 'fast: the same on this device only',
}
