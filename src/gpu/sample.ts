import philox from '../../shaders/philox.wgsl?raw'
import sample from '../../shaders/sample.wgsl?raw'
import combine from '../../shaders/sample_combine.wgsl?raw'
import { scopedNow } from '../scope'
import { lease } from './buffers'
import type { Gpu } from './device'
import { submit } from './dispatch'
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

/**
 * Submits `shaders/sample.wgsl`: the next token of each row and its logprob. Reference: `src/grpo/sample.ts`.
 */
export async function sampleOnGpu(gpu: Gpu, call: GpuSample): Promise<void> {
  const { rows, head, temperature } = call
  if (rows === 0) return
  const { source, tiles, splits } = headLaunch(head, 'sample', rows)
  const [shares, join] = await Promise.all([
    computePipeline(gpu.device, 'sample', [source, philox, sample].join('\n')),
    computePipeline(gpu.device, 'sample_combine', combine),
  ])
  scopedNow((scope) => {
    const partials = lease(scope, gpu, 'sample partials', rows * splits * 20, GPUBufferUsage.STORAGE)
    const greedy = temperature === 0
    submit(gpu, 'sample', [
      {
        pipeline: shares,
        parameters: [
          { u32: rows },
          { u32: splits },
          { f32: greedy ? 1 : 1 / temperature },
          { u32: greedy ? 1 : 0 },
        ],
        bindings: { ...head.bindings, 3: call.hidden, 4: call.keys, 5: call.positions, 6: partials },
        workgroups: [tiles, splits],
      },
      {
        pipeline: join,
        parameters: [{ u32: rows }, { u32: splits }],
        bindings: { 1: partials, 2: call.ids, 3: call.logprobs },
        workgroups: [Math.ceil(rows / 64)],
      },
    ])
  })
}
