import type { Tensor } from 'onnxruntime-web/wasm'
import { adamwOnGpu, gradNormOnGpu, NORM_BYTES, readNorm } from '../../gpu/adamw'
import { lease, leaseUploaded, readBuffer } from '../../gpu/buffers'
import type { Gpu } from '../../gpu/device'
import type { AdamWOptions } from '../../grpo/adamw'
import { keepingNow, type Scope, scoped } from '../../scope'
import type { AdapterState } from '../peer'
import { dispose, type Runtime } from '../runtime'
import { type Adapter, assertFits, ZeroAdapter } from './adapter'

interface GpuLayer {
  readonly length: number
  readonly parameter: GPUBuffer
  readonly firstMoment: GPUBuffer
  readonly secondMoment: GPUBuffer
  readonly zero: GPUBuffer
}

/** Creates an adapter of zeros on the device. */
export function zeroAdapterOnGpu(gpu: Gpu, runtime: Runtime, zeros: readonly Float32Array[]): ZeroAdapter {
  return keepingNow(
    (scope) =>
      new ZeroAdapter(
        zeros.map((values) =>
          runtime.wrap(leaseUploaded(scope, gpu, 'adapter', values), 'float32', [values.length]),
        ),
        () => scope.closeNow(),
      ),
  )
}

/** The adapter on WebGPU. Parameters and moments stay on the device and are updated there. */
export class GpuAdapter implements Adapter {
  readonly parameters: readonly Tensor[]
  readonly zeros: readonly Tensor[]
  private updates = 0

  private constructor(
    private readonly gpu: Gpu,
    runtime: Runtime,
    private readonly layers: readonly GpuLayer[],
    private readonly scope: Scope,
  ) {
    const tensor = (buffer: GPUBuffer, length: number) => runtime.wrap(buffer, 'float32', [length])
    this.parameters = this.layers.map(({ parameter, length }) => tensor(parameter, length))
    this.zeros = this.layers.map(({ zero, length }) => tensor(zero, length))
  }

  static create(gpu: Gpu, runtime: Runtime, values: readonly Float32Array[]): GpuAdapter {
    return keepingNow((scope) => {
      const layers = values.map((value) => {
        const upload = (data: Float32Array) => leaseUploaded(scope, gpu, 'adapter', data)
        const zeros = () => upload(new Float32Array(value.length))
        return {
          length: value.length,
          parameter: upload(value),
          firstMoment: zeros(),
          secondMoment: zeros(),
          zero: zeros(),
        }
      })
      return new GpuAdapter(gpu, runtime, layers, scope)
    })
  }

  update(gradients: readonly Tensor[], options: Omit<AdamWOptions, 'update'>) {
    const { gpu, layers } = this
    return scoped(async (scope) => {
      for (const gradient of gradients) scope.hold(gradient, dispose)
      const norm = lease(
        scope,
        gpu,
        'gradient norm',
        NORM_BYTES,
        GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
      )
      const arrays = layers.map((layer, i) => ({ ...layer, gradient: gradients[i].gpuBuffer }))
      await gradNormOnGpu(
        gpu,
        arrays.map(({ gradient, length }) => ({ buffer: gradient, length })),
        norm,
      )
      await adamwOnGpu(gpu, arrays, norm, { ...options, update: this.updates + 1 })
      const gradNorm = await readNorm(gpu, norm)
      const applied = Number.isFinite(gradNorm)
      if (applied) this.updates++
      return { gradNorm, applied }
    })
  }

  async eachLayer(visit: (parameters: Float32Array) => void): Promise<void> {
    for (const { parameter, length } of this.layers) visit(await this.read(parameter, length))
  }

  private async read(buffer: GPUBuffer, length: number): Promise<Float32Array> {
    return new Float32Array(await readBuffer(this.gpu, buffer, length * 4))
  }

  async state(): Promise<AdapterState> {
    const read = (pick: (layer: GpuLayer) => GPUBuffer) =>
      Promise.all(this.layers.map((layer) => this.read(pick(layer), layer.length)))
    return {
      updates: this.updates,
      parameters: await read(({ parameter }) => parameter),
      firstMoments: await read(({ firstMoment }) => firstMoment),
      secondMoments: await read(({ secondMoment }) => secondMoment),
    }
  }

  async restore(state: AdapterState): Promise<void> {
    assertFits(
      state,
      this.layers.map(({ length }) => length),
    )
    this.updates = state.updates
    const write = (buffer: GPUBuffer, values: Float32Array) =>
      this.gpu.device.queue.writeBuffer(buffer, 0, Float32Array.from(values))
    this.layers.forEach((layer, i) => {
      write(layer.parameter, state.parameters[i])
      write(layer.firstMoment, state.firstMoments[i])
      write(layer.secondMoment, state.secondMoments[i])
    })
  }

  close(): void {
    this.scope.closeNow()
  }
}
