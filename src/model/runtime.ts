/**
 * Wraps onnxruntime-web: sessions from our graphs, tensors on the backend's device, and one run at a time
 * (two overlapping runs of one ORT instance hang or abort).
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import { ColloquyError, GPU_DEVICE } from '../errors'
import { lease, readBuffer, uploadedUsage, writeBytes, writeRows } from '../gpu/buffers'
import type { Gpu } from '../gpu/device'
import { type Recording, WatchedDevice } from '../gpu/recording'
import { TaskEnd } from '../gpu/task_end'
import { toHalves } from '../onnx/half'
import {
  ELEMENT_BYTES,
  type ElementType,
  elementCount,
  encodeModel,
  type FloatType,
  type ModelDescription,
  type ValueDescription,
} from '../onnx/proto'
import { keepingNow, Scope } from '../scope'

type Ort = typeof import('onnxruntime-web/wasm')

export type Backend = 'wasm' | 'webgpu'
export type Feeds = Record<string, Tensor>

/** Array type that uploads each tensor type; float16 as bits. */
interface DeviceArrays {
  readonly float32: Float32Array
  readonly float16: Uint16Array
  readonly uint8: Uint8Array
  readonly int32: Int32Array
}
type DeviceType = keyof DeviceArrays

/** @throws RangeError for a type that we never put on a device */
function deviceType(type: ElementType): DeviceType {
  const types: Partial<Record<ElementType, DeviceType>> = {
    f32: 'float32',
    f16: 'float16',
    u8: 'uint8',
    i32: 'int32',
  }
  const found = types[type]
  if (!found) throw new RangeError(`no tensor on a device is of type ${type}`)
  return found
}

export interface RuntimeOptions {
  readonly backend: Backend
  /**
   * wasm threads. Sums depend on it: each thread takes some of a product's columns, and that number decides
   * how long the pieces of a row are that are summed.
   */
  readonly threads: number
  /** The device that ORT and our kernels share; required for webgpu, owned by the caller. */
  readonly gpu?: Gpu
  /**
   * False to let ONNX Runtime add up the products of 4- and 8-bit weights in f16 where activations are f16,
   * as it does by itself; true by default.
   */
  readonly f32Accumulation?: boolean
}

/**
 * The last call into each of ONNX Runtime's modules. A module takes one call at a time, whatever the session,
 * so runtimes of one thread wait for each other.
 */
const newest = new WeakMap<Ort, Promise<void>>()

export class Runtime {
  /** Owns the sessions. */
  private readonly scope = new Scope()
  /** A device error outside any call; the next call reports it. */
  private fault: ColloquyError | null = null
  /** Rejects the current call when the device is lost; ORT would wait forever. */
  private abandon: (error: ColloquyError) => void = () => {}

  /** Lets the GPU start on a run's commands; see `TaskEnd`. */
  private readonly taskEnd: TaskEnd | null
  /** What ONNX Runtime has for the device. */
  private readonly watched: WatchedDevice | null

  private constructor(
    private readonly ort: Ort,
    readonly backend: Backend,
    readonly gpu: Gpu | null,
    private readonly f32Accumulation: boolean,
  ) {
    this.taskEnd = gpu && this.scope.hold(new TaskEnd(), (taskEnd) => taskEnd.close())
    this.watched = gpu && new WatchedDevice(gpu.device)
    gpu?.device.lost.then(({ reason, message }) => {
      if (reason === 'destroyed') return
      this.fault ??= deviceError('lost', message)
      this.abandon(this.fault)
    })
    gpu?.device.addEventListener('uncapturederror', ({ error }) => {
      this.fault ??= deviceError(error instanceof GPUOutOfMemoryError ? 'full' : 'failed', error.message)
    })
  }

  /** @throws ColloquyError `backend` where webgpu has no device. */
  static async create(options: RuntimeOptions): Promise<Runtime> {
    const { backend, threads, gpu, f32Accumulation = true } = options
    if (backend === 'webgpu' && !gpu)
      throw new ColloquyError({
        code: 'backend',
        what: 'WebGPU runtime',
        found: 'no device',
        wanted: 'a GPU device',
        todo: 'Request a device first, or choose the wasm backend',
      })
    // The webgpu bundle lacks some CPU operators and is twice as large, so wasm runs load the plain one.
    const ort: Ort = backend === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('#ort')
    ort.env.wasm.numThreads = threads
    ort.env.logLevel = 'error'
    return new Runtime(ort, backend, gpu ?? null, f32Accumulation)
  }

  /**
   * Compiles a graph. The runtime owns the session and releases it in `close`.
   * @param captured on WebGPU: for `record`. That needs fixed shapes and all inputs on the device
   * @param dims sizes of symbolic dimensions
   */
  async session(
    model: ModelDescription,
    { captured = false, dims }: { captured?: boolean; dims?: Readonly<Record<string, number>> } = {},
  ): Promise<InferenceSession> {
    const { watched: gpu, f32Accumulation: enableMatmulFp32Accumulation } = this
    const session = await this.exclusive(() =>
      this.ort.InferenceSession.create(encodeModel(model), {
        executionProviders: gpu
          ? [{ name: 'webgpu', device: gpu.device, enableMatmulFp32Accumulation }]
          : ['wasm'],
        preferredOutputLocation: gpu ? 'gpu-buffer' : 'cpu',
        enableGraphCapture: captured,
        ...(dims ? { freeDimensionOverrides: dims } : {}),
        // On wasm 'all' saves no time in runs compared to 'basic', but takes a third of the loading time.
        graphOptimizationLevel: gpu ? 'all' : 'basic',
        logSeverityLevel: 3,
      }),
    )
    return this.scope.hold(session, () => this.exclusive(() => session.release()))
  }

  /**
   * Runs a session. Outputs are on the backend's device and belong to the caller.
   * @param feeds may hold more than the graph reads
   * @param outputs names of outputs, all by default; on WebGPU also tensors to write them to
   */
  async run(
    session: InferenceSession,
    feeds: Feeds,
    outputs: readonly string[] | Feeds = session.outputNames,
  ): Promise<Feeds> {
    const read: Feeds = {}
    for (const name of session.inputNames) if (Object.hasOwn(feeds, name)) read[name] = feeds[name]
    return this.exclusive(async () => {
      const results = await session.run(read, outputs)
      await this.taskEnd?.reached()
      return { ...results }
    })
  }

  /**
   * Records the GPU commands of a session made with `captured`.
   * @returns the commands, and the tensors that they write; ONNX Runtime owns those
   * @throws ColloquyError `graph` where they are not kernel calls alone
   */
  record(session: InferenceSession, feeds: Feeds): Promise<{ recording: Recording; outputs: Feeds }> {
    const read: Feeds = {}
    for (const name of session.inputNames) read[name] = feeds[name]
    return this.exclusive(async () => {
      if (!this.watched) throw new TypeError('there is no device')
      let outputs: Feeds = {}
      // The first run captures, the second one only replays.
      const run = async () => {
        outputs = { ...(await session.run(read)) }
      }
      return { recording: await this.watched.record(run, run), outputs }
    })
  }

  /** Submits commands of our own between runs, in one submission. */
  submit(work: (encoder: GPUCommandEncoder) => void): Promise<void> {
    return this.exclusive(async () => {
      const encoder = this.device.createCommandEncoder()
      work(encoder)
      this.device.queue.submit([encoder.finish()])
      await this.taskEnd?.reached()
    })
  }

  /** The device. @throws TypeError on wasm */
  get device(): GPUDevice {
    if (!this.gpu) throw new TypeError('there is no device')
    return this.gpu.device
  }

  /** Creates a tensor on the device. On wasm it uses an f32 array without a copy. */
  floats(data: Float32Array, shape: readonly number[], type: FloatType = 'f32'): Tensor {
    return type === 'f32'
      ? this.upload('float32', data, shape)
      : this.upload('float16', toHalves(data), shape)
  }
  /**
   * Creates a matrix on the device. In f32 on WebGPU it is written some rows at a time, so no other full copy
   * exists.
   * @param read fills the array with rows from `first` on
   */
  floatRows(
    [rows, width]: readonly [number, number],
    read: (first: number, into: Float32Array) => void,
    type: FloatType,
  ): Tensor {
    const { gpu } = this
    if (gpu && type === 'f32')
      return keepingNow((scope) => {
        const buffer = this.buffer(scope, gpu, 4 * rows * width)
        writeRows(gpu.device, buffer, { rows, width }, read)
        return this.wrap(buffer, 'float32', [rows, width], destruction(buffer))
      })
    const data = new Float32Array(rows * width)
    read(0, data)
    return this.floats(data, [rows, width], type)
  }
  bytes(data: Uint8Array, shape: readonly number[]): Tensor {
    return this.upload('uint8', data, shape)
  }
  /** Creates an i32 tensor, for indices. */
  indices(data: Int32Array, shape: readonly number[]): Tensor {
    return this.upload('int32', data, shape)
  }

  /** Creates tensors that ORT reads on the CPU (small inputs, i64 shapes), never uploaded by us. */
  hostInts(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
    return new this.ort.Tensor('int64', new BigInt64Array(values.map((value) => BigInt(value))), shape)
  }
  hostFloats(values: readonly number[] | Float32Array, shape: readonly number[]): Tensor {
    return new this.ort.Tensor('float32', Float32Array.from(values), shape)
  }

  private upload<T extends DeviceType>(type: T, data: DeviceArrays[T], shape: readonly number[]): Tensor {
    const gpu = this.gpu
    if (!gpu) return new this.ort.Tensor(type, data, shape)
    return keepingNow((scope) => {
      const buffer = this.buffer(scope, gpu, data.byteLength)
      // A buffer mapped at creation would hold one more copy.
      writeBytes(gpu.device, buffer, data)
      return this.wrap(buffer, type, shape, destruction(buffer))
    })
  }

  private buffer(scope: Scope, { device }: Gpu, bytes: number): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16)
    return scope.hold(device.createBuffer({ size, usage: uploadedUsage() }), (buffer) => buffer.destroy())
  }

  /** Resolves when the device has taken all uploads so far and none waits in memory. */
  async uploaded(): Promise<void> {
    const gpu = this.gpu
    if (gpu) await this.exclusive(() => gpu.device.queue.onSubmittedWorkDone())
  }

  /**
   * Creates a tensor over a GPU buffer. @param free called when the tensor is disposed; nothing by default
   */
  wrap(buffer: GPUBuffer, dataType: DeviceType, shape: readonly number[], free?: () => void): Tensor {
    return this.ort.Tensor.fromGpuBuffer(buffer, {
      dataType,
      dims: shape,
      ...(free ? { dispose: free } : {}),
    })
  }

  /** Creates a tensor over a buffer of the pool, for a graph's value, until the scope ends. */
  pooled(scope: Scope, owner: string, { type, shape }: ValueDescription): Tensor {
    if (!this.gpu) throw new TypeError('there is no device')
    const sizes = shape.map(Number)
    const buffer = lease(scope, this.gpu, owner, ELEMENT_BYTES[type] * elementCount(sizes))
    return this.wrap(buffer, deviceType(type), sizes)
  }

  /** Copies a tensor's floats to the CPU. */
  async read(tensor: Tensor): Promise<Float32Array> {
    const data = await this.exclusive(() => tensor.getData())
    if (!(data instanceof Float32Array))
      throw new TypeError(`a float32 tensor was wanted, found ${tensor.type}`)
    return data
  }
  /** Reads the bytes of an uploaded tensor. @param bytes all bytes of its elements: a multiple of 4 */
  async readUploaded(tensor: Tensor, bytes: number): Promise<Uint8Array> {
    const gpu = this.gpu
    if (gpu) return new Uint8Array(await this.exclusive(() => readBuffer(gpu, tensor.gpuBuffer, bytes)))
    const { buffer, byteOffset } = tensor.data as Float32Array | Uint8Array
    return new Uint8Array(buffer, byteOffset, bytes)
  }

  /** Frees a session before the runtime closes. */
  async release(session: InferenceSession): Promise<void> {
    await this.scope.free(session)
  }

  /** Frees the sessions. Callers free the tensors they made. */
  close(): Promise<void> {
    return this.scope.close()
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = (newest.get(this.ort) ?? Promise.resolve()).then(async () => {
      if (this.fault) throw this.fault
      try {
        const value = await new Promise<T>((resolve, reject) => {
          this.abandon = reject
          work().then(resolve, reject)
        })
        if (this.fault) throw this.fault
        return value
      } catch (cause) {
        throw isMemoryShortage(cause) ? memoryError(this.backend, cause) : cause
      } finally {
        // Keep nothing of a finished call reachable: its results are large.
        this.abandon = () => {}
      }
    })
    const over = () => {}
    newest.set(this.ort, result.then(over, over))
    return result
  }
}

function deviceError(state: 'lost' | 'full' | 'failed', message: string): ColloquyError {
  return new ColloquyError({
    code: state === 'full' ? 'memory' : 'backend',
    what: GPU_DEVICE,
    found: `it ${state === 'full' ? 'is out of memory' : state === 'lost' ? 'was lost' : 'reported an error'} (${message})`,
    wanted: 'a working device with room for the run',
    todo: 'Close other pages that use the GPU, lower questionsPerStep or numGenerations, or use the wasm backend',
  })
}

/** Matches the messages of V8, SpiderMonkey and the wasm heap when memory runs out. */
function isMemoryShortage(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    !(cause instanceof ColloquyError) &&
    /bad_alloc|out of memory|allocation failed|could not allocate|memory\.grow|Aborted\(OOM/i.test(
      cause.message,
    )
  )
}

function memoryError(backend: Backend, cause: unknown): ColloquyError {
  return new ColloquyError(
    {
      code: 'memory',
      what: `${backend} engine`,
      found: cause instanceof Error ? cause.message : String(cause),
      wanted: 'memory for the model and the batch',
      todo: 'Close other pages, choose a smaller peer, or lower questionsPerStep or numGenerations',
    },
    { cause },
  )
}

/** Returns the bytes of a tensor of floats. */
export function sizeOf({ dims, type }: Tensor): number {
  return (type === 'float16' ? 2 : 4) * dims.reduce((all, size) => all * size, 1)
}

/**
 * Returns a function that destroys a buffer. It is made here because a closure keeps everything that its
 * outer functions name, such as a weight's file.
 */
function destruction(buffer: GPUBuffer): () => void {
  return () => buffer.destroy()
}

/** Frees the outputs of a run. */
export function disposeAll(tensors: Feeds): void {
  dispose(...Object.values(tensors))
}

/** Frees tensors of runs or uploads. */
export function dispose(...tensors: readonly (Tensor | undefined)[]): void {
  for (const tensor of tensors) tensor?.dispose()
}
