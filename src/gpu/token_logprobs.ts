import joinSums from '../../shaders/join_sums.wgsl?raw'
import tokenLogprobs from '../../shaders/token_logprobs.wgsl?raw'
import combine from '../../shaders/token_logprobs_combine.wgsl?raw'
import tokenLogprobsGrad from '../../shaders/token_logprobs_grad.wgsl?raw'
import gradCombine from '../../shaders/token_logprobs_grad_combine.wgsl?raw'
import { scopedNow } from '../scope'
import { lease } from './buffers'
import type { Gpu } from './device'
import { type Dispatch, submit } from './dispatch'
import { type GpuHead, headLaunch } from './gpu_head'
import { computePipeline } from './pipeline'

export interface GpuTokenLogprobs {
  /** T. */
  readonly tokens: number
  /** (T, H) f32. */
  readonly hidden: GPUBuffer
  readonly head: GpuHead
  /** (T) u32, in [0, V). */
  readonly ids: GPUBuffer
  /** Softmax temperature, > 0. */
  readonly temperature: number
  /** Outputs of `tokenLogprobsOnGpu`, all (T) f32. */
  readonly logprob: GPUBuffer
  readonly entropy: GPUBuffer
  readonly logSumExp: GPUBuffer
}

/**
 * Submits `shaders/token_logprobs.wgsl`: logprob and entropy of given tokens, without storing logits.
 * Reference: `src/grpo/token_logprobs.ts`.
 */
export async function tokenLogprobsOnGpu(gpu: Gpu, call: GpuTokenLogprobs): Promise<void> {
  const { tokens, head } = call
  if (tokens === 0) return
  const { source, tiles, splits } = headLaunch(head, 'token_logprobs', tokens)
  const [shares, join] = await Promise.all([
    computePipeline(gpu.device, 'token_logprobs', [source, joinSums, tokenLogprobs].join('\n')),
    computePipeline(gpu.device, 'token_logprobs_combine', [joinSums, combine].join('\n')),
  ])
  scopedNow((scope) => {
    const partials = lease(
      scope,
      gpu,
      'token_logprobs partials',
      tokens * splits * 16,
      GPUBufferUsage.STORAGE,
    )
    submit(gpu, 'token_logprobs', [
      {
        pipeline: shares,
        parameters: [{ u32: tokens }, { u32: splits }, { f32: 1 / call.temperature }],
        bindings: { ...head.bindings, 3: call.hidden, 4: call.ids, 5: partials },
        workgroups: [tiles, splits],
      },
      {
        pipeline: join,
        parameters: [{ u32: tokens }, { u32: splits }],
        bindings: { 1: partials, 2: call.logprob, 3: call.entropy, 4: call.logSumExp },
        workgroups: [Math.ceil(tokens / 64)],
      },
    ])
  })
}

export interface GpuTokenLogprobsGrad
  extends Pick<GpuTokenLogprobs, 'tokens' | 'hidden' | 'head' | 'ids' | 'temperature' | 'logSumExp'> {
  /** (T) f32: d loss / d logprob. */
  readonly coef: GPUBuffer
  /** Written: (T, H) f32. */
  readonly hiddenGrad: GPUBuffer
}

/**
 * Submits `shaders/token_logprobs_grad.wgsl`: computes d loss / d hidden and recomputes the logits.
 * `logSumExp` comes from `tokenLogprobsOnGpu`. Reference: `src/grpo/token_logprobs.ts`.
 */
export async function tokenLogprobsGradOnGpu(gpu: Gpu, call: GpuTokenLogprobsGrad): Promise<void> {
  const { tokens, head } = call
  if (tokens === 0) return
  const { source, tiles, splits } = headLaunch(head, 'token_logprobs_grad', tokens)
  const [shares, join] = await Promise.all([
    computePipeline(gpu.device, 'token_logprobs_grad', [source, tokenLogprobsGrad].join('\n')),
    computePipeline(gpu.device, 'token_logprobs_grad_combine', gradCombine),
  ])
  const count = tokens * head.width
  scopedNow((scope) => {
    // A single part is the whole result, so the kernel writes it directly.
    const partials =
      splits === 1
        ? null
        : lease(scope, gpu, 'token_logprobs_grad partials', splits * count * 4, GPUBufferUsage.STORAGE)
    const steps: Dispatch[] = [
      {
        pipeline: shares,
        parameters: [{ u32: tokens }, { u32: splits }, { f32: 1 / call.temperature }],
        bindings: {
          ...head.bindings,
          3: call.hidden,
          4: call.ids,
          5: call.coef,
          6: call.logSumExp,
          7: partials ?? call.hiddenGrad,
        },
        workgroups: [tiles, splits],
      },
    ]
    if (partials !== null)
      steps.push({
        pipeline: join,
        parameters: [{ u32: count }, { u32: splits }],
        bindings: { 1: partials, 2: call.hiddenGrad },
        workgroups: [Math.min(4096, Math.ceil(count / 64))],
      })
    submit(gpu, 'token_logprobs_grad', steps)
  })
}
