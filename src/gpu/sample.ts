import philox from '../../shaders/philox.wgsl?raw'
import sample from '../../shaders/sample.wgsl?raw'
import combine from '../../shaders/sample_combine.wgsl?raw'
import { type Scope, scopedNow } from '../scope'
import { lease } from './buffers'
import type { Gpu } from './device'
import { encodePass } from './dispatch'
import { type GpuHead, headLaunch } from './gpu_head'
import { computePipeline } from './pipeline'

export interface GpuSample {
  readonly rows: number
  /** (B, H) f32. */
  readonly hidden: GPUBuffer
  readonly head: GpuHead
  /** (B, 2) u32: the Philox key of each row. */
  readonly keys: GPUBuffer
  /** (B) u32. */
  readonly positions: GPUBuffer
  /** Softmax temperature; 0 takes the most likely token and reports its logprob at temperature 1. */
  readonly temperature: number
  /** Written: (B) u32. */
  readonly ids: GPUBuffer
  /** Written: (B) f32. */
  readonly logprobs: GPUBuffer
}

/** Submits `shaders/sample.wgsl` alone. */
export async function sampleOnGpu(gpu: Gpu, call: GpuSample): Promise<void> {
  if (call.rows === 0) return
  const encodeSample = await samplePass(gpu, call)
  scopedNow((scope) => {
    const encoder = gpu.device.createCommandEncoder({ label: 'sample' })
    encodeSample(scope, encoder, call)
    gpu.device.queue.submit([encoder.finish()])
  })
}

type Launch = Pick<GpuSample, 'rows' | 'head' | 'temperature'>

/**
 * Compiles `shaders/sample.wgsl` and returns a function that encodes it: the next token of each row and its
 * logprob. The scope may end once the encoder is submitted. Reference: `src/grpo/sample.ts`.
 */
export async function samplePass(
  gpu: Gpu,
  { rows, head, temperature }: Launch,
): Promise<(scope: Scope, encoder: GPUCommandEncoder, call: Omit<GpuSample, keyof Launch>) => void> {
  const { source, tiles, splits } = headLaunch(head, 'sample', rows)
  const [shares, join] = await Promise.all([
    computePipeline(gpu.device, 'sample', [source, philox, sample].join('\n')),
    computePipeline(gpu.device, 'sample_combine', combine),
  ])
  const greedy = temperature === 0
  return (scope, encoder, { hidden, keys, positions, ids, logprobs }) => {
    const partials = lease(scope, gpu, 'sample partials', rows * splits * 20, GPUBufferUsage.STORAGE)
    encodePass(scope, gpu, encoder, 'sample', [
      {
        pipeline: shares,
        parameters: [
          { u32: rows },
          { u32: splits },
          { f32: greedy ? 1 : 1 / temperature },
          { u32: greedy ? 1 : 0 },
        ],
        bindings: { ...head.bindings, 3: hidden, 4: keys, 5: positions, 6: partials },
        workgroups: [tiles, splits],
      },
      {
        pipeline: join,
        parameters: [{ u32: rows }, { u32: splits }],
        bindings: { 1: partials, 2: ids, 3: logprobs },
        workgroups: [Math.ceil(rows / 64)],
      },
    ])
  }
}
