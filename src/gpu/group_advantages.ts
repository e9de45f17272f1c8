import source from '../../shaders/group_advantages.wgsl?raw'
import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { scoped } from '../scope'
import { lease, leaseUploaded, readBuffer } from './buffers'
import type { Gpu } from './device'
import { type Dispatch, submit } from './dispatch'
import { computePipeline } from './pipeline'

const SCALES = { group: 0, batch: 1, none: 2 } as const

/** Values of a group's report: clipped, terms, shift, largest shift, size, zero variance. */
const REPORT_FIELDS = 6

/**
 * Runs `shaders/group_advantages.wgsl` and reads its results back. Reference: `src/grpo/group_advantages.ts`.
 */
export async function groupAdvantagesOnGpu(gpu: Gpu, request: AdvantageRequest): Promise<AdvantageReport> {
  const { questions, peers, rollouts, calibrate, scaleRewards } = request
  const groups = questions * peers
  const count = groups * rollouts
  if (count === 0) throw new RangeError('group_advantages needs at least one question, peer and rollout')
  const [calibrateGroups, peerSpread, normalize] = await Promise.all(
    ['calibrate', 'peer_spread', 'normalize'].map((entry) =>
      computePipeline(gpu.device, 'group_advantages', source, entry),
    ),
  )
  return scoped(async (scope) => {
    const rewards = leaseUploaded(scope, gpu, 'rewards', Float32Array.from(request.rewards))
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
    const calibrated = lease(scope, gpu, 'calibrated rewards', count * 4, usage)
    const advantages = lease(scope, gpu, 'advantages', count * 4, usage)
    const report = lease(scope, gpu, 'advantage report', groups * REPORT_FIELDS * 4, usage)
    const spread = lease(scope, gpu, 'reward spread', peers * 8, usage)
    const parameters = [questions, peers, rollouts, calibrate ? 1 : 0, SCALES[scaleRewards]].map((u32) => ({
      u32,
    }))
    const steps: Dispatch[] = [
      {
        pipeline: calibrateGroups,
        parameters,
        bindings: { 1: rewards, 2: calibrated, 4: report },
        workgroups: [Math.ceil(groups / 64)],
      },
      {
        pipeline: normalize,
        parameters,
        bindings: { 1: rewards, 2: calibrated, 3: advantages, 4: report, 5: spread },
        workgroups: [Math.ceil(groups / 64)],
      },
    ]
    if (scaleRewards === 'batch')
      steps.splice(1, 0, {
        pipeline: peerSpread,
        parameters,
        bindings: { 1: rewards, 2: calibrated, 5: spread },
        workgroups: [Math.ceil(peers / 64)],
      })
    submit(gpu, 'group_advantages', steps)
    const [calibratedBytes, advantageBytes, reportBytes] = await Promise.all([
      readBuffer(gpu, calibrated, count * 4),
      readBuffer(gpu, advantages, count * 4),
      readBuffer(gpu, report, groups * REPORT_FIELDS * 4),
    ])
    return summarize(
      new Float32Array(calibratedBytes),
      new Float32Array(advantageBytes),
      new Float32Array(reportBytes),
    )
  })
}

function summarize(
  calibrated: Float32Array,
  advantages: Float32Array,
  fields: Float32Array,
): AdvantageReport {
  const groups = fields.length / REPORT_FIELDS
  const zeroVariance = new Uint8Array(groups)
  const relativeShift = new Float32Array(groups)
  const largestShift = new Float32Array(groups)
  let clipped = 0
  let terms = 0
  let shift = 0
  for (let group = 0; group < groups; group++) {
    const [cut, all, moved, largest, size, zero] = fields.subarray(group * REPORT_FIELDS)
    clipped += cut
    terms += all
    shift += moved
    largestShift[group] = largest
    relativeShift[group] = size === 0 ? 0 : moved / size
    zeroVariance[group] = zero
  }
  return {
    calibrated,
    advantages,
    clippedFraction: terms === 0 ? 0 : clipped / terms,
    shift: shift / advantages.length,
    relativeShift,
    largestShift,
    zeroVariance,
  }
}
