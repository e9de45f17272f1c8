import adamw from '../../shaders/adamw.wgsl?raw'
import gradNorm from '../../shaders/grad_norm.wgsl?raw'
import combine from '../../shaders/grad_norm_combine.wgsl?raw'
import { type AdamWOptions, adamwFactors } from '../grpo/adamw'
import { scopedNow } from '../scope'
import { lease, readBuffer } from './buffers'
import type { Gpu } from './device'
import { type Dispatch, submit } from './dispatch'
import { computePipeline } from './pipeline'

/** A flat f32 array on the device. The buffer may be longer. */
export interface GpuArray {
  readonly buffer: GPUBuffer
  /** Number of values. */
  readonly length: number
}

/** Returns the number of workgroups of a grid-stride loop over `length` values. */
const strideGroups = (length: number, most: number) => Math.min(most, Math.max(1, Math.ceil(length / 64)))

/** Bytes of the buffer that holds the norm. */
export const NORM_BYTES = 4

/**
 * Submits `shaders/grad_norm.wgsl`: writes the global L2 norm over all arrays to `norm` (1 f32); NaN or
 * infinity where a gradient is not finite. Reference: `src/grpo/adamw.ts`.
 */
export async function gradNormOnGpu(
  gpu: Gpu,
  gradients: readonly GpuArray[],
  norm: GPUBuffer,
): Promise<void> {
  const [squares, join] = await Promise.all([
    computePipeline(gpu.device, 'grad_norm', gradNorm),
    computePipeline(gpu.device, 'grad_norm_combine', combine),
  ])
  const groups = gradients.map(({ length }) => strideGroups(length, 64))
  const count = groups.reduce((sum, n) => sum + n, 0)
  scopedNow((scope) => {
    const partials = lease(scope, gpu, 'grad_norm partials', count * 8, GPUBufferUsage.STORAGE)
    let first = 0
    const steps = gradients.map(({ buffer, length }, i): Dispatch => {
      const step: Dispatch = {
        pipeline: squares,
        parameters: [{ u32: length }, { u32: first }],
        bindings: { 1: buffer, 2: partials },
        workgroups: [groups[i]],
      }
      first += groups[i]
      return step
    })
    steps.push({
      pipeline: join,
      parameters: [{ u32: count }],
      bindings: { 1: partials, 2: norm },
      workgroups: [1],
    })
    submit(gpu, 'grad_norm', steps)
  })
}

/** Reads a norm back. */
export async function readNorm(gpu: Gpu, norm: GPUBuffer): Promise<number> {
  return new Float32Array(await readBuffer(gpu, norm, NORM_BYTES))[0]
}

/** A flat array of parameters with its moments and gradient, each of `length` values. */
export interface GpuAdamWArray {
  readonly length: number
  readonly parameter: GPUBuffer
  readonly firstMoment: GPUBuffer
  readonly secondMoment: GPUBuffer
  readonly gradient: GPUBuffer
}

/**
 * Submits `shaders/adamw.wgsl`: one update in place. The kernel reads the norm on the device, so nothing is
 * read back first. It changes nothing where the norm is not finite. Reference: `src/grpo/adamw.ts`.
 */
export async function adamwOnGpu(
  gpu: Gpu,
  arrays: readonly GpuAdamWArray[],
  norm: GPUBuffer,
  options: AdamWOptions,
): Promise<void> {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = options
  const { correction1, correction2 } = adamwFactors(options)
  const pipeline = await computePipeline(gpu.device, 'adamw', adamw)
  const factors = [
    learningRate,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    epsilon,
    1 - learningRate * weightDecay,
    correction1,
    correction2,
    maxGradNorm,
  ].map((f32) => ({ f32 }))
  const steps = arrays.map(
    ({ length, parameter, firstMoment, secondMoment, gradient }): Dispatch => ({
      pipeline,
      parameters: [{ u32: length }, ...factors],
      bindings: { 1: gradient, 2: norm, 3: parameter, 4: firstMoment, 5: secondMoment },
      workgroups: [strideGroups(length, 4096)],
    }),
  )
  submit(gpu, 'adamw', steps)
}
