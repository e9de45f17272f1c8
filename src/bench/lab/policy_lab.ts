/** A policy with the insides that a peer does not show: its passes, its packing, its gradient. */

import { Base, type Engine } from '../../model/base'
import type { BaseOptions } from '../../model/base_parts'
import type { DecodeRow } from '../../model/decode/decode'
import type { ModelConfig } from '../../model/import/config'
import { openModelFolder } from '../../model/import/folder'
import type { ReadFile } from '../../model/import/folder_files'
import type { TrainSequence, UpdateReport, UpdateRequest } from '../../model/peer'
import { type BatchLimits, batchSequences } from '../../model/train/batch'
import { randomModel } from '../../model/weights/random_model'
import { modelInArrays } from '../../model/weights/weight_source'
import { timed } from '../rounds'
import './watch'

export interface PolicyOptions extends Omit<BaseOptions, 'source'> {
  /** A model folder, or random weights of this shape. */
  readonly model: { readonly base: string; readonly source: string } | ModelConfig
  /** False: every sequence is a row of its own, as if there were no packing. */
  readonly packed: boolean
}

export interface PolicyLab {
  openPolicy(options: PolicyOptions): Promise<void>
  /** Seconds of the logprobs of these sequences: the forward pass. */
  forward(sequences: readonly TrainSequence[]): Promise<number>
  /** Logprobs of all completion ids of these sequences, one after the other. */
  logprobs(sequences: readonly TrainSequence[]): Promise<Float32Array>
  update(request: UpdateRequest): Promise<UpdateReport & { seconds: number }>
  /** The adapter's parameters, one flat array a layer. */
  parameters(): Promise<readonly Float32Array[]>
  /** d loss / d LoRA of this request where no B is zero, so that every part of it is something; parameters change. */
  gradient(request: UpdateRequest): Promise<Float32Array>
  /** Seconds of sampling so many tokens in every row; no row stops before. */
  sample(rows: readonly DecodeRow[], tokens: number): Promise<number>
  /** Tokens that a pass computes for these sequences, padding included. */
  passTokens(sequences: readonly TrainSequence[]): Promise<number>
  shape(): Promise<ModelConfig>
  /** Bytes of wasm memory, or the most bytes of GPU buffers so far. */
  peakMemory(): Promise<number>
}

export function policyLab(read: (base: string, source: string) => ReadFile): PolicyLab {
  let open: { engine: Engine; config: ModelConfig; limits: BatchLimits } | undefined
  const opened = () => {
    if (!open) throw new Error('open a policy first')
    return open
  }
  return {
    async openPolicy({ model, packed, ...rest }) {
      const options = { ...rest, source: 'source' in model ? model.source : 'random weights' }
      const source =
        'source' in model
          ? await openModelFolder(read(model.base, model.source), model.source, { dtype: options.dtype })
          : modelInArrays(randomModel(model))
      const { createParts } =
        options.backend === 'wasm'
          ? await import('../../model/wasm_base')
          : await import('../../model/webgpu_base')
      const parts = await createParts(source, options)
      const limits = packed ? parts.batchLimits : { ...parts.batchLimits, pairsPerToken: 0 }
      const base = new Base(source.config, options.loraRank, { ...parts, batchLimits: limits })
      const engine = await base.engine({ id: 'bench', seed: 1 })
      open = { engine, config: source.config, limits }
    },
    async forward(sequences) {
      const { engine } = opened()
      return (await timed(() => engine.policy.logprobs(sequences, 1))).seconds
    },
    async logprobs(sequences) {
      const logprobs = await opened().engine.policy.logprobs(sequences, 1)
      return Float32Array.from(logprobs.flatMap((values) => [...values]))
    },
    async update(request) {
      const { engine } = opened()
      const { result, seconds } = await timed(() => engine.policy.update(request))
      return { ...result, seconds }
    },
    parameters: async () => (await opened().engine.state()).parameters,
    async gradient(request) {
      const { engine } = opened()
      const state = await engine.state()
      for (const layer of state.parameters)
        layer.forEach((value, i) => {
          if (value === 0) layer[i] = 0.02 * Math.cos(i)
        })
      await engine.restore(state)
      // The first moment is then the gradient itself.
      await engine.policy.update({ ...request, adamBeta1: 0, maxGradNorm: 1e9 })
      const { firstMoments } = await engine.state()
      return Float32Array.from(firstMoments.flatMap((moments) => [...moments]))
    },
    async sample(rows, tokens) {
      const { engine, config } = opened()
      const options = { temperature: 1, maxNewTokens: tokens, stops: [config.vocabSize] }
      return (await timed(() => engine.policy.generate(rows, options))).seconds
    },
    async passTokens(sequences) {
      const scored = sequences.map(({ promptIds, ids }) => ({
        ids: [...promptIds, ...ids],
        scored: [...promptIds.map(() => false), ...ids.map(() => true)],
      }))
      return batchSequences(scored, opened().limits).reduce((sum, { rows, length }) => sum + rows * length, 0)
    },
    shape: async () => opened().config,
    async peakMemory() {
      const watch = globalThis.colloquyWatch
      if (!watch) throw new Error('nothing watches this thread')
      const wasm = watch.memories.map(({ buffer }) => buffer.byteLength)
      return watch.gpu.peak > 0 ? watch.gpu.peak : Math.max(...wasm)
    },
  }
}
