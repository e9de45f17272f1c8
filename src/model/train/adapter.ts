import type { Tensor } from 'onnxruntime-web/wasm'
import { ColloquyError } from '../../errors'
import { type AdamWOptions, adamw, gradNorm } from '../../grpo/adamw'
import type { AdapterState } from '../peer'
import type { Runtime } from '../runtime'

/**
 * A state may come from a file that somebody sent.
 * @param lengths of the adapter's layers
 * @throws ColloquyError `storage` where it is that of an adapter of another shape
 */
export function assertFits(state: AdapterState, lengths: readonly number[]): void {
  for (const kind of ['parameters', 'firstMoments', 'secondMoments'] as const) {
    const found = state[kind].map(({ length }) => length)
    if (found.join() === lengths.join()) continue
    throw new ColloquyError({
      code: 'storage',
      what: `saved adapter, ${kind}`,
      found: `${found.length} layers of ${found[0] ?? 0} values`,
      wanted: `${lengths.length} of ${lengths[0] ?? 0}, which this model with this rank has`,
      todo: 'Use the model that the run was saved with',
    })
  }
}

/** A peer's LoRA parameters with their AdamW moments, one flat array per layer, where the backend computes. */
export interface Adapter {
  /** The graphs' `lora` inputs. */
  readonly parameters: readonly Tensor[]
  /** Zeros of the same shapes: the gradients to start accumulating from, and the adapter switched off. */
  readonly zeros: readonly Tensor[]
  /**
   * One AdamW update with gradients clipped to a global norm. A norm that is not finite changes nothing.
   * Takes over the gradients and frees them.
   */
  update(
    gradients: readonly Tensor[],
    options: Omit<AdamWOptions, 'update'>,
  ): Promise<{ gradNorm: number; applied: boolean }>
  /** Reads the parameters layer by layer; an array is there during its visit only. */
  eachLayer(visit: (parameters: Float32Array) => void): Promise<void>
  state(): Promise<AdapterState>
  /** @throws ColloquyError `storage` where the state is that of an adapter of another shape; nothing is changed then */
  restore(state: AdapterState): Promise<void>
  close(): void
}

/** On wasm: ORT reads CPU tensors anew in every run, so updating the arrays in place is all there is to do. */
export class CpuAdapter implements Adapter {
  readonly parameters: readonly Tensor[]
  readonly zeros: readonly Tensor[]
  private readonly moments: { first: Float32Array[]; second: Float32Array[] }
  private updates = 0

  constructor(
    runtime: Runtime,
    private readonly values: readonly Float32Array[],
  ) {
    const zeros = () => values.map(({ length }) => new Float32Array(length))
    this.moments = { first: zeros(), second: zeros() }
    this.parameters = values.map((value) => runtime.floats(value, [value.length]))
    this.zeros = zeros().map((value) => runtime.floats(value, [value.length]))
  }

  async update(gradients: readonly Tensor[], options: Omit<AdamWOptions, 'update'>) {
    const arrays = gradients.map(({ data }) => {
      if (!(data instanceof Float32Array)) throw new TypeError('gradients are float32')
      return data
    })
    const norm = gradNorm(arrays)
    const { first: firstMoments, second: secondMoments } = this.moments
    const state = { parameters: this.values, firstMoments, secondMoments }
    const applied = adamw(state, arrays, norm, { ...options, update: this.updates + 1 })
    if (applied) this.updates++
    return { gradNorm: norm, applied }
  }

  async eachLayer(visit: (parameters: Float32Array) => void): Promise<void> {
    this.values.forEach((value) => {
      visit(value)
    })
  }

  async state(): Promise<AdapterState> {
    const copy = (arrays: readonly Float32Array[]) => arrays.map((array) => array.slice())
    return {
      updates: this.updates,
      parameters: copy(this.values),
      firstMoments: copy(this.moments.first),
      secondMoments: copy(this.moments.second),
    }
  }

  async restore(state: AdapterState): Promise<void> {
    assertFits(
      state,
      this.values.map(({ length }) => length),
    )
    this.updates = state.updates
    this.values.forEach((value, layer) => {
      value.set(state.parameters[layer])
      this.moments.first[layer].set(state.firstMoments[layer])
      this.moments.second[layer].set(state.secondMoments[layer])
    })
  }

  close(): void {}
}
