import type { Tensor } from 'onnxruntime-web/wasm'
import { lease, leaseUploaded, readBuffer, uploadedUsage } from '../gpu/buffers'
import type { Gpu } from '../gpu/device'
import type { GpuHead } from '../gpu/gpu_head'
import { grpoLossOnGpu, lossSumsBytes, packSequences, readLossSums } from '../gpu/grpo_loss'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from '../gpu/token_logprobs'
import type { LossNormalizer } from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import { type Scope, scoped } from '../scope'
import type { Head, HeadBatch } from './ort_head'
import type { Runtime } from './runtime'

/**
 * The head on WebGPU: our kernels between two ORT runs on one device. It reads back only the loss statistics
 * and the logprobs that callers want.
 */
export class KernelHead implements Head {
  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
    private readonly head: GpuHead,
  ) {}

  async logprobs(hidden: Tensor, ids: Int32Array, temperature: number): Promise<Float32Array> {
    return scoped(async (scope) => {
      const { acquire, upload } = this.scratch(scope)
      const tokens = ids.length
      const logprob = acquire('logprobs', tokens * 4)
      await tokenLogprobsOnGpu(this.gpu, {
        tokens,
        hidden: hidden.gpuBuffer,
        head: this.head,
        ids: upload('scored ids', Int32Array.from(ids)),
        temperature,
        logprob,
        entropy: acquire('entropies', tokens * 4),
        logSumExp: acquire('logsumexp', tokens * 4),
      })
      return new Float32Array(await readBuffer(this.gpu, logprob, tokens * 4))
    })
  }

  async loss(hidden: Tensor, batch: HeadBatch, options: LossOptions, normalizer: LossNormalizer) {
    return scoped(async (scope) => {
      const { acquire, upload } = this.scratch(scope)
      const { gpu, head } = this
      const tokens = batch.ids.length
      const count = batch.advantage.length
      const scoring = {
        tokens,
        hidden: hidden.gpuBuffer,
        head,
        ids: upload('scored ids', Int32Array.from(batch.ids)),
        temperature: options.temperature,
        logSumExp: acquire('logsumexp', tokens * 4),
      }
      const logprob = acquire('logprobs', tokens * 4)
      const entropy = acquire('entropies', tokens * 4)
      await tokenLogprobsOnGpu(gpu, { ...scoring, logprob, entropy })
      const coef = acquire('loss coefficients', tokens * 4)
      const sums = acquire('loss sums', lossSumsBytes(count))
      const packed = {
        count,
        sequences: upload('loss sequences', packSequences(batch)),
        kind: upload('token kinds', Uint32Array.from(batch.kind)),
        logp: logprob,
        old: upload('rollout logprobs', Float32Array.from(batch.old)),
        reference: batch.reference && upload('reference logprobs', Float32Array.from(batch.reference)),
        entropy,
        coef,
        sums,
      }
      await grpoLossOnGpu(gpu, packed, options, normalizer)
      const bytes = Math.ceil((tokens * head.width * 4) / 16) * 16
      const about = { size: bytes, usage: uploadedUsage(), label: 'hidden gradient' }
      const hiddenGrad = scope.hold(gpu.device.createBuffer(about), (buffer) => buffer.destroy())
      await tokenLogprobsGradOnGpu(gpu, { ...scoring, coef, hiddenGrad })
      // The device copies these before their buffers are used again. A fault of the device also ends the
      // pass, and then nobody may await these promises; so their rejections are caught here.
      const read = readLossSums(gpu, sums, count)
      read.catch(() => undefined)
      const watched = this.watchedLogprobs(logprob, batch)
      watched.catch(() => undefined)
      scope.handOn(hiddenGrad)
      return {
        dhidden: this.runtime.wrap(hiddenGrad, 'float32', [tokens, head.width], () => hiddenGrad.destroy()),
        sums: read,
        watched,
      }
    })
  }

  private watchedLogprobs(logprob: GPUBuffer, { offsets, watched }: HeadBatch): Promise<Float32Array[]> {
    return Promise.all(
      watched.map(async (s) => {
        const bytes = (offsets[s + 1] - offsets[s]) * 4
        return new Float32Array(await readBuffer(this.gpu, logprob, bytes, offsets[s] * 4))
      }),
    )
  }

  /** Returns functions that acquire buffers for one call. */
  private scratch(scope: Scope) {
    return {
      acquire: (owner: string, bytes: number) => lease(scope, this.gpu, owner, bytes),
      upload: (owner: string, data: ArrayBufferView) => leaseUploaded(scope, this.gpu, owner, data),
    }
  }
}
