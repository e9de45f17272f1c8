import source from '../../shaders/grpo_loss.wgsl?raw'
import {
  addLossSums,
  LOSS_SUMS,
  type LossBatch,
  type LossNormalizer,
  type LossSums,
  type MutableSums,
  NO_SUMS,
  tokenWeight,
} from '../grpo/grpo_loss'
import type { LossOptions } from '../grpo/types'
import { readBuffer } from './buffers'
import type { Gpu } from './device'
import { submit } from './dispatch'
import { computePipeline } from './pipeline'

/**
 * Packed tokens of S whole sequences on the device. Fields mean the same as in LossBatch of
 * `src/grpo/grpo_loss.ts`.
 */
export interface GpuLossBatch {
  /** S. */
  readonly count: number
  /** (S) entries of `packSequences`. */
  readonly sequences: GPUBuffer
  /** (T) u32. */
  readonly kind: GPUBuffer
  /** (T) f32. */
  readonly logp: GPUBuffer
  /** (T) f32. */
  readonly old: GPUBuffer
  /** (T) f32; not read where beta is 0. */
  readonly reference: GPUBuffer | null
  /** (T) f32. */
  readonly entropy: GPUBuffer
  /** Written: (T) f32. */
  readonly coef: GPUBuffer
  /** Written: `lossSumsBytes(S)` bytes, for `readLossSums`. */
  readonly sums: GPUBuffer
}

/** Packs (S) entries of { first token, end, advantage } from the arrays of a LossBatch. */
export function packSequences({
  offsets,
  advantage,
}: Pick<LossBatch, 'offsets' | 'advantage'>): Uint32Array<ArrayBuffer> {
  const packed = new Uint32Array(advantage.length * 3)
  const floats = new Float32Array(packed.buffer)
  for (let s = 0; s < advantage.length; s++) {
    packed[3 * s] = offsets[s]
    packed[3 * s + 1] = offsets[s + 1]
    floats[3 * s + 2] = advantage[s]
  }
  return packed
}

/** Returns the bytes of the buffer for the sums of S sequences. */
export function lossSumsBytes(sequences: number): number {
  return sequences * LOSS_SUMS.length * 4
}

/** Submits `shaders/grpo_loss.wgsl`. Reference: `src/grpo/grpo_loss.ts`. */
export async function grpoLossOnGpu(
  gpu: Gpu,
  batch: GpuLossBatch,
  options: LossOptions,
  normalizer: LossNormalizer,
): Promise<void> {
  if (batch.count === 0) return
  const pipeline = await computePipeline(gpu.device, 'grpo_loss', source)
  submit(gpu, 'grpo_loss', [
    {
      pipeline,
      parameters: [
        { u32: batch.count },
        { u32: options.importanceSamplingLevel === 'sequence' ? 1 : 0 },
        { f32: 1 - options.epsilon },
        { f32: 1 + options.epsilonHigh },
        { f32: batch.reference === null ? 0 : options.beta },
        { f32: tokenWeight(options, normalizer, 1) },
        { u32: options.lossType === 'grpo' ? 1 : 0 },
      ],
      bindings: {
        1: batch.sequences,
        2: batch.kind,
        3: batch.logp,
        4: batch.old,
        5: batch.reference ?? batch.logp,
        6: batch.entropy,
        7: batch.coef,
        8: batch.sums,
      },
      workgroups: [Math.ceil(batch.count / 64)],
    },
  ])
}

/** Reads the sums of a batch back and adds its sequences, for `lossStatistics`. */
export async function readLossSums(gpu: Gpu, sums: GPUBuffer, sequences: number): Promise<LossSums> {
  const values = new Float32Array(await readBuffer(gpu, sums, lossSumsBytes(sequences)))
  const parts = Array.from({ length: sequences }, (_, s) => {
    const part: MutableSums = { ...NO_SUMS }
    LOSS_SUMS.forEach((name, i) => {
      part[name] = values[s * LOSS_SUMS.length + i]
    })
    return part
  })
  return addLossSums(parts)
}
