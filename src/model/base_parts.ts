import type { VariantStore } from '../gpu/autotune'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import type { DecodeBackend } from './decode/decode'
import type { DecodeCost } from './decode/decode_cost'
import type { Determinism } from './determinism'
import type { GraphPlan } from './graphs/graphs'
import type { Head } from './head'
import type { Dtype } from './import/folder_files'
import type { Backend } from './runtime'
import type { Adapter } from './train/adapter'
import type { BatchLimits } from './train/batch'
import type { Transformer } from './transformer'

export interface BaseOptions {
  /** Names the model folder in messages. */
  readonly source: string
  readonly backend: Backend
  /** Which of the folder's model files; where left out, activations are of the type that the backend is fastest with. */
  readonly dtype?: Dtype
  /** One rank and one scale for all adapters: the graphs are compiled for them. */
  readonly loraRank: number
  readonly loraAlpha: number
  /** wasm threads at most; weights in f32 are computed with on one, so that results do not depend on it (see `determinismOf`). */
  readonly threads: number
  /** How often training passes and batches of rows are halved, for want of memory; not at all where left out. */
  readonly halvings?: number
  /** Where the kernels' fastest variants are kept, with WebGPU; without it nothing is measured (see `tuneHead`). */
  readonly variantStore?: VariantStore
}

/** A base as its backend makes it. Nothing in it is state of a peer. */
export interface BaseParts {
  readonly transformer: Transformer
  readonly head: Head
  readonly plan: GraphPlan
  readonly determinism: Determinism
  readonly batchLimits: BatchLimits
  readonly decodeCost: DecodeCost
  /**
   * Puts an adapter with these parameters on the base. The caller closes both, the decoder first.
   * @throws ColloquyError `memory`
   */
  attach(lora: readonly Float32Array[]): Promise<{ adapter: Adapter; decoder: DecodeBackend }>
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  close(): Promise<void>
}
