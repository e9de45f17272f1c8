import { ColloquyError } from '../errors'

type Workgroups = readonly [number, number, number]

/** A kernel call with the buffers that it binds. */
export interface BoundDispatch {
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
  readonly workgroups: Workgroups
}

interface SeenDispatch extends BoundDispatch {
  readonly layout: GPUBindGroupLayout
  readonly entries: readonly GPUBindGroupEntry[]
}

/**
 * The device that ONNX Runtime gets in place of the real one, so that its kernel calls can be recorded, and
 * no other ones. Calls go on to the real device.
 */
export class WatchedDevice {
  readonly device: GPUDevice
  private watch: Watch | null = null

  constructor(real: GPUDevice) {
    const methods = new Map<string | symbol, unknown>()
    methods.set('createBindGroup', (about: GPUBindGroupDescriptor) => {
      const group = real.createBindGroup(about)
      this.watch?.groups.set(group, about)
      return group
    })
    methods.set('createCommandEncoder', (about?: GPUCommandEncoderDescriptor) => {
      const encoder = real.createCommandEncoder(about)
      return this.watch ? watched(encoder, this.watch) : encoder
    })
    this.device = new Proxy(real, {
      get(target, name) {
        const known = methods.get(name)
        if (known !== undefined) return known
        // The browser's methods and getters refuse any object but their own.
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        const method: unknown = value.bind(target)
        methods.set(name, method)
        return method
      },
      set: (target, name, value) => Reflect.set(target, name, value, target),
    })
  }

  /**
   * Records the kernel calls that ONNX Runtime makes in `run`.
   * @param prepare creates what `run` binds
   * @throws ColloquyError `graph` where `run` copies, because copies are not recorded
   */
  async record(prepare: () => Promise<void>, run: () => Promise<void>): Promise<Recording> {
    const watch: Watch = { groups: new Map(), dispatches: [], copies: 0 }
    this.watch = watch
    try {
      await prepare()
      watch.dispatches.length = 0
      watch.copies = 0
      await run()
    } finally {
      this.watch = null
    }
    const { dispatches, copies } = watch
    if (copies === 0 && dispatches.length > 0) return new Recording(dispatches)
    throw new ColloquyError({
      code: 'graph',
      what: 'recording of GPU commands',
      found: `${copies} copies and ${dispatches.length} kernel calls`,
      wanted: 'kernel calls alone',
      todo: 'Name each output of the graph where a kernel writes it',
    })
  }
}

interface Watch {
  readonly groups: Map<GPUBindGroup, GPUBindGroupDescriptor>
  readonly dispatches: SeenDispatch[]
  copies: number
}

/** Notes an encoder's kernel calls and copies while it makes them. */
function watched(encoder: GPUCommandEncoder, watch: Watch): GPUCommandEncoder {
  const { beginComputePass, copyBufferToBuffer } = encoder
  encoder.copyBufferToBuffer = (...copy: unknown[]) => {
    watch.copies++
    Reflect.apply(copyBufferToBuffer, encoder, copy)
  }
  encoder.beginComputePass = (about) => {
    const pass = beginComputePass.call(encoder, about)
    const { setPipeline, setBindGroup, dispatchWorkgroups } = pass
    let pipeline: GPUComputePipeline | undefined
    let group: GPUBindGroup | undefined
    pass.setPipeline = (next) => {
      pipeline = next
      setPipeline.call(pass, next)
    }
    pass.setBindGroup = (...set: unknown[]) => {
      group = set[1] as GPUBindGroup
      Reflect.apply(setBindGroup, pass, set)
    }
    pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
      const about = group && watch.groups.get(group)
      if (pipeline && group && about)
        watch.dispatches.push({
          pipeline,
          group,
          layout: about.layout,
          entries: [...about.entries],
          workgroups: [x, y, z],
        })
      dispatchWorkgroups.call(pass, x, y, z)
    }
    return pass
  }
  return encoder
}

/**
 * Kernel calls of ONNX Runtime, to be made again without it, on the same buffers or on others. Its own replay
 * costs the processor a tenth of a millisecond per call, this one a few microseconds.
 */
export class Recording {
  constructor(private readonly dispatches: readonly SeenDispatch[]) {}

  /** Returns all buffers that the calls bind. */
  buffers(): Set<GPUBuffer> {
    return new Set(this.dispatches.flatMap(({ entries }) => entries.map((entry) => bindingOf(entry).buffer)))
  }

  /** Returns the calls with buffers of the recording replaced by others. */
  bind(device: GPUDevice, replacements: ReadonlyMap<GPUBuffer, GPUBuffer>): readonly BoundDispatch[] {
    return this.dispatches.map((recorded): BoundDispatch => {
      const { layout, entries, pipeline, workgroups } = recorded
      if (!entries.some((entry) => replacements.has(bindingOf(entry).buffer))) return recorded
      const bound = entries.map((entry): GPUBindGroupEntry => {
        const { buffer, ...range } = bindingOf(entry)
        return { binding: entry.binding, resource: { ...range, buffer: replacements.get(buffer) ?? buffer } }
      })
      return { pipeline, group: device.createBindGroup({ layout, entries: bound }), workgroups }
    })
  }
}

/** Makes kernel calls one after the other; each sees the writes of the calls before it. */
export function encode(pass: GPUComputePassEncoder, dispatches: readonly BoundDispatch[]): void {
  for (const { pipeline, group, workgroups } of dispatches) {
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(...workgroups)
  }
}

function bindingOf({ resource }: GPUBindGroupEntry): GPUBufferBinding {
  if ('buffer' in resource) return resource
  if (resource instanceof GPUBuffer) return { buffer: resource }
  throw new TypeError('ONNX Runtime binds buffers only')
}
