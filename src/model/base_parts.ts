import type { DeviceStore } from '../gpu/device'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import type { DecodeBackend } from './decode/decode'
import type { DecodeCost } from './decode/decode_cost'
import type { Determinism } from './determinism'
import type { GraphPlan } from './graphs/graphs'
import type { Dtype } from './import/folder_files'
import type { Head } from './ort_head'
import type { Backend } from './runtime'
import type { Adapter } from './train/adapter'
import type { BatchLimits } from './train/batch'
import type { Transformer } from './transformer'

export interface BaseOptions {
  /** Name of the model folder in messages. */
  readonly source: string
  readonly backend: Backend
  /** Dtype of the model file. Without it, activations have the backend's fastest type. */
  readonly dtype?: Dtype
  /** All adapters share one rank and one scale, because the graphs are compiled for them. */
  readonly loraRank: number
  readonly loraAlpha: number
  /**
   * Maximum wasm threads. Weights in f32 use one thread, so results do not depend on it (see
   * `determinismOf`).
   */
  readonly threads: number
  /** Number of times that training passes and batches of rows are halved to save memory; 0 by default. */
  readonly halvings?: number
  /** False to compute in f32 even where device and dtype allow f16; true by default. */
  readonly f16?: boolean
  /** See `RuntimeOptions`. */
  readonly f32Accumulation?: boolean
  /** Store of the kernels' fastest variants, with WebGPU. Without it nothing is measured (see `tuneHead`). */
  readonly variantStore?: DeviceStore
}

/** Parts of a base that its backend creates. None holds state of a peer. */
export interface BaseParts {
  readonly transformer: Transformer
  readonly head: Head
  readonly plan: GraphPlan
  readonly determinism: Determinism
  readonly batchLimits: BatchLimits
  readonly decodeCost: DecodeCost
  /**
   * Puts an adapter with these parameters on the base. The caller closes both, the decoder first.
   * @param trains false for parameters that are zeros and stay so
   * @throws ColloquyError `memory`
   */
  attach(
    lora: readonly Float32Array[],
    trains: boolean,
  ): Promise<{ adapter: Adapter; decoder: DecodeBackend }>
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  close(): Promise<void>
}
