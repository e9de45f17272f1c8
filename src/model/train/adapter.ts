import type { Tensor } from 'onnxruntime-web/wasm'
import { ColloquyError } from '../../errors'
import { type AdamWOptions, adamw, gradNorm } from '../../grpo/adamw'
import type { AdapterState } from '../peer'
import type { Runtime } from '../runtime'

/**
 * Checks a state, which may come from a stranger's file.
 * @param lengths lengths of the adapter's layers
 * @throws ColloquyError `storage` where the state has another shape
 */
export function assertFits(state: AdapterState, lengths: readonly number[]): void {
  for (const kind of ['parameters', 'firstMoments', 'secondMoments'] as const) {
    const found = state[kind].map(({ length }) => length)
    if (found.join() === lengths.join()) continue
    throw new ColloquyError({
      code: 'storage',
      what: `saved adapter, ${kind}`,
      found: `${found.length} layers of ${found[0] ?? 0} values`,
      wanted: `${lengths.length} layers of ${lengths[0] ?? 0}, as this model has with this rank`,
      todo: 'Use the model that the run was saved with',
    })
  }
}

/** A peer's LoRA parameters with their AdamW moments, one flat array per layer, on the backend's device. */
export interface Adapter {
  /** The graphs' `lora` inputs. */
  readonly parameters: readonly Tensor[]
  /** Zeros of the same shapes: initial gradients, and the adapter switched off. */
  readonly zeros: readonly Tensor[]
  /**
   * Makes one AdamW update with gradients clipped to a global norm. A norm that is not finite changes
   * nothing. It takes over the gradients and frees them.
   */
  update(
    gradients: readonly Tensor[],
    options: Omit<AdamWOptions, 'update'>,
  ): Promise<{ gradNorm: number; applied: boolean }>
  /** Reads the parameters layer by layer. An array is valid only during its visit. */
  eachLayer(visit: (parameters: Float32Array) => void): Promise<void>
  state(): Promise<AdapterState>
  /** @throws ColloquyError `storage` where the state has another shape; nothing changes then */
  restore(state: AdapterState): Promise<void>
  close(): void
}

/** The adapter on wasm. ORT reads CPU tensors in every run, so an update changes the arrays in place. */
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

/** An adapter of zeros without moments. It is never trained, so its peer computes exactly the base. */
export class ZeroAdapter implements Adapter {
  /** @param free frees the zeros */
  constructor(
    readonly zeros: readonly Tensor[],
    private readonly free: () => void = () => undefined,
  ) {}

  get parameters(): readonly Tensor[] {
    return this.zeros
  }
  async update(): Promise<never> {
    throw untrained()
  }
  async eachLayer(): Promise<never> {
    throw untrained()
  }
  async state(): Promise<never> {
    throw untrained()
  }
  async restore(): Promise<never> {
    throw untrained()
  }
  close(): void {
    this.free()
  }
}

function untrained(): TypeError {
  return new TypeError('this peer writes with its base and has no adapter to train')
}
