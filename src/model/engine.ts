import { groupAdvantages } from '../grpo/group_advantages'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { deriveKey, seedKey } from '../random'
import { CpuAdapter } from './adapter'
import type { ModelFolder } from './folder'
import { OrtHead } from './head'
import { LoopDecoder } from './loop_decoder'
import { initialLora } from './lora'
import { ModelTensors } from './model_tensors'
import type { AdapterState } from './peer'
import { Policy } from './policy'
import { type Backend, Runtime } from './runtime'
import { Transformer } from './transformer'

export interface EngineOptions {
  readonly id: string
  /** Names the model folder in messages. */
  readonly source: string
  readonly backend: Backend
  readonly loraRank: number
  readonly loraAlpha: number
  /** Decides the starting adapter, together with the id. */
  readonly seed: number
  /** wasm threads. */
  readonly threads: number
}

/** A policy on its backend, with what else of a peer computes there. */
export interface Engine {
  readonly policy: Policy
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  state(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  close(): Promise<void>
}

/** @throws ColloquyError `backend`, `limit` or `memory` */
export async function createEngine(folder: ModelFolder, options: EngineOptions): Promise<Engine> {
  if (options.backend === 'wasm') return wasmEngine(folder, options)
  const { webgpuEngine } = await import('./webgpu_engine')
  return webgpuEngine(folder, options)
}

/** Tokens per training pass, padding included: fills the matmuls and stays near the cache. */
const TOKENS_PER_PASS = 4096

/** The adapter every run of this seed starts from. */
export function startingLora(folder: ModelFolder, options: EngineOptions): Float32Array[] {
  const name = Array.from(options.id, (character) => character.codePointAt(0) ?? 0)
  return initialLora(folder.config, options.loraRank, deriveKey(seedKey(options.seed), ...name))
}

async function wasmEngine(folder: ModelFolder, options: EngineOptions): Promise<Engine> {
  const runtime = await Runtime.create({ backend: 'wasm', threads: options.threads })
  const lora = { rank: options.loraRank, alpha: options.loraAlpha }
  const tensors = ModelTensors.upload(runtime, folder.config, folder.weights, lora)
  if (!tensors.head) throw new TypeError('on wasm the head is a tensor')
  const adapter = new CpuAdapter(runtime, startingLora(folder, options))
  const transformer = await Transformer.create(runtime, tensors)
  const head = await OrtHead.create(runtime, folder.config, tensors.head)
  const decoder = await LoopDecoder.create(runtime, tensors, transformer, adapter.parameters)
  return {
    policy: new Policy({ transformer, decoder, head, adapter, tokensPerPass: TOKENS_PER_PASS }),
    advantages: async (request) => groupAdvantages(request),
    state: () => adapter.state(),
    restore: (state) => adapter.restore(state),
    close: async () => {
      adapter.close()
      tensors.close()
      await runtime.close()
    },
  }
}
