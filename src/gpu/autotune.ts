import { scoped } from '../scope'
import { leaseUploaded } from './buffers'
import { type DeviceStore, type Gpu, isSoftware } from './device'
import type { GpuHead } from './gpu_head'
import {
  DEFAULT_VARIANT,
  everyKernel,
  HEAD_KERNELS,
  type HeadKernel,
  type HeadVariant,
  variantName,
  variantsWithin,
} from './head_variants'
import { sampleOnGpu } from './sample'
import { tokenLogprobsGradOnGpu, tokenLogprobsOnGpu } from './token_logprobs'

/** Part of every key, so that choices made with other kernels or variants are not used. */
const KERNELS_VERSION = 1
/**
 * Few rows keep the measurement short. The vocabulary is split, so there are as many workgroups as with many
 * rows.
 */
const ROWS = 64
/** Time limit per kernel. A slow device that uses it up skips the remaining variants. */
const BUDGET_MILLISECONDS = 100
/** Approximate length of a batch of runs, long enough that its start and end do not matter. */
const BATCH_MILLISECONDS = 4
const MOST_RUNS = 16
/** Another variant must take less than this fraction of the default's time; a smaller gain may be chance. */
const WORTHWHILE = 0.95

type Variants = Readonly<Record<HeadKernel, HeadVariant>>

/**
 * Returns the head with the fastest variant of each kernel on this device, measured once per adapter and head
 * shape. Measuring takes at most about a third of a second, without compiling.
 *
 * Variants differ by rounding, so a run repeats only with the same choice. `store` keeps the choice, also for
 * others that load the same head at the same time. Without a store (null), or where it fails, nothing is
 * measured and the default stays, because the choice could differ next time. The default also stays on a
 * software GPU adapter.
 */
export async function tuneHead(gpu: Gpu, head: GpuHead, store: DeviceStore | null): Promise<GpuHead> {
  if (store === null || isSoftware(gpu.info)) return head
  const { vendor, architecture, device, description } = gpu.info
  const shape = [head.format, head.vocabulary, head.width]
  const key = [KERNELS_VERSION, vendor, architecture, device, description, ...shape].join('|')
  try {
    return { ...head, variants: parseChoice(await store.once(key, () => measure(gpu, head)), gpu.limits) }
  } catch {
    // A failed choice must not stop a run. A device fault appears again at its first real use.
    return head
  }
}

function formatChoice(variants: Variants): string {
  return HEAD_KERNELS.map((kernel) => variantName(variants[kernel])).join('\n')
}

/** Reads a stored choice. Unknown names, and variants this device has no room for, become the default. */
function parseChoice(choice: string, limits: GPUSupportedLimits): Variants {
  const names = choice.split('\n')
  const variants: Record<HeadKernel, HeadVariant> = { ...everyKernel(DEFAULT_VARIANT) }
  HEAD_KERNELS.forEach((kernel, i) => {
    const variant = variantsWithin(kernel, limits).find((candidate) => variantName(candidate) === names[i])
    if (variant !== undefined) variants[kernel] = variant
  })
  return variants
}

async function measure(gpu: Gpu, head: GpuHead): Promise<string> {
  // This scope catches a variant's lack of memory, so that the caller's own error scope does not see it.
  gpu.device.pushErrorScope('out-of-memory')
  const [choice] = await Promise.allSettled([measureKernels(gpu, head)])
  const shortage = await gpu.device.popErrorScope()
  if (shortage !== null) throw new Error(shortage.message)
  if (choice.status === 'rejected') throw choice.reason
  return choice.value
}

async function measureKernels(gpu: Gpu, head: GpuHead): Promise<string> {
  return scoped(async (scope) => {
    // Partial results of these few rows are as large as those of many rows, so free them afterwards.
    scope.hold(gpu.buffers, (buffers) => buffers.trim())
    const upload = (data: ArrayBufferView) => leaseUploaded(scope, gpu, 'autotune', data)
    const zeros = (count: number) => upload(new Uint32Array(count))
    const [hidden, hiddenGrad] = [zeros(ROWS * head.width), zeros(ROWS * head.width)]
    const [ids, logprob, entropy, logSumExp] = [zeros(ROWS), zeros(ROWS), zeros(ROWS), zeros(ROWS)]
    const [keys, positions] = [zeros(2 * ROWS), zeros(ROWS)]
    // Kernels skip rows with coefficient 0.
    const coef = upload(new Float32Array(ROWS).fill(1))
    const rows = { tokens: ROWS, rows: ROWS, hidden, ids, temperature: 1, logSumExp }
    const calls: Readonly<Record<HeadKernel, (of: GpuHead) => Promise<void>>> = {
      token_logprobs: (of) => tokenLogprobsOnGpu(gpu, { ...rows, head: of, logprob, entropy }),
      token_logprobs_grad: (of) => tokenLogprobsGradOnGpu(gpu, { ...rows, head: of, coef, hiddenGrad }),
      sample: (of) => sampleOnGpu(gpu, { ...rows, head: of, keys, positions, logprobs: logprob }),
    }
    const chosen: Record<HeadKernel, HeadVariant> = { ...everyKernel(DEFAULT_VARIANT) }
    for (const kernel of HEAD_KERNELS)
      chosen[kernel] = await fastest(variantsWithin(kernel, gpu.limits), (variant, runs) =>
        timeRuns(gpu, runs, () => calls[kernel]({ ...head, variants: everyKernel(variant) })),
      )
    return formatChoice(chosen)
  })
}

/** Returns the milliseconds of `runs` runs in a row. */
async function timeRuns(gpu: Gpu, runs: number, run: () => Promise<void>): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < runs; i++) await run()
  await gpu.device.queue.onSubmittedWorkDone()
  return performance.now() - start
}

/**
 * Returns the fastest candidate, or the first unless another is faster by the factor `WORTHWHILE`.
 * @param candidates the default first
 * @param time returns milliseconds of so many runs of a candidate in a row
 */
export async function fastest<T>(
  candidates: readonly T[],
  time: (candidate: T, runs: number) => Promise<number>,
): Promise<T> {
  let spent = 0
  let best = candidates[0]
  // Time per run that a candidate must stay below.
  let bar = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (spent > BUDGET_MILLISECONDS) break
    // The first run compiles.
    await time(candidate, 1)
    const once = await time(candidate, 1)
    const runs = Math.min(MOST_RUNS, Math.max(1, Math.ceil(BATCH_MILLISECONDS / once)))
    const batches = [await time(candidate, runs), await time(candidate, runs)]
    spent += once + batches[0] + batches[1]
    const perRun = Math.min(...batches) / runs
    if (perRun >= bar) continue
    best = candidate
    bar = candidate === candidates[0] ? perRun * WORTHWHILE : perRun
  }
  return best
}
