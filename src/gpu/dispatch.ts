import { type Scope, scopedNow } from '../scope'
import { lease } from './buffers'
import type { Gpu } from './device'
import { requireLimit } from './limits'

/** One value of a kernel's `Parameters` struct, in the struct's order. */
export type Parameter = { readonly u32: number } | { readonly f32: number }

/** A kernel call. `bindings` are those of group 0, by number. `parameters` become a uniform at binding 0. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly parameters: readonly Parameter[]
  readonly bindings: Readonly<Record<number, GPUBuffer>>
  readonly workgroups: readonly [x: number, y?: number]
}

/**
 * Runs kernel calls one after the other in one submission; each sees the writes of the calls before it.
 * @throws ColloquyError `limit` where a grid is larger than the device allows.
 */
export function submit(gpu: Gpu, label: string, dispatches: readonly Dispatch[]): void {
  // The queue runs in order, so a uniform may be released once it is submitted.
  scopedNow((scope) => {
    const encoder = gpu.device.createCommandEncoder({ label })
    encodePass(scope, gpu, encoder, label, dispatches)
    gpu.device.queue.submit([encoder.finish()])
  })
}

/**
 * Encodes kernel calls as one pass. Parameters are written at once, so the caller submits before it encodes
 * the next ones.
 * @param scope holds the parameters; it may end once the encoder is submitted
 * @throws ColloquyError `limit` where a grid is larger than the device allows.
 */
export function encodePass(
  scope: Scope,
  gpu: Gpu,
  encoder: GPUCommandEncoder,
  label: string,
  dispatches: readonly Dispatch[],
): void {
  const { device, limits } = gpu
  for (const { workgroups } of dispatches)
    requireLimit(
      limits,
      'maxComputeWorkgroupsPerDimension',
      Math.max(...workgroups.map((n) => n ?? 1)),
      label,
    )
  const pass = encoder.beginComputePass({ label, timestampWrites: gpu.timer?.() })
  for (const { pipeline, parameters, bindings, workgroups } of dispatches) {
    const packed = packParameters(parameters)
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
    const uniform = lease(scope, gpu, `${label} parameters`, packed.byteLength, usage)
    device.queue.writeBuffer(uniform, 0, packed)
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: { buffer: uniform } }]
    for (const [binding, buffer] of Object.entries(bindings))
      entries.push({ binding: Number(binding), resource: { buffer } })
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
    pass.dispatchWorkgroups(workgroups[0], workgroups[1] ?? 1)
  }
  pass.end()
}

/** Packs scalars of a WGSL struct 4 bytes apart; the whole is rounded up to 16. */
function packParameters(parameters: readonly Parameter[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(Math.ceil(parameters.length / 4) * 16))
  parameters.forEach((value, i) => {
    if ('u32' in value) view.setUint32(4 * i, value.u32, true)
    else view.setFloat32(4 * i, value.f32, true)
  })
  return view.buffer
}
