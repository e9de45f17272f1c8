import type { Tensor } from 'onnxruntime-web/wasm'
import { adamwOnGpu, gradNormOnGpu, NORM_BYTES, readNorm } from '../gpu/adamw'
import { readBuffer, uploadBuffer } from '../gpu/buffers'
import type { Gpu } from '../gpu/device'
import type { AdamWOptions } from '../grpo/adamw'
import { type Adapter, assertFits } from './adapter'
import type { AdapterState } from './peer'
import { dispose, type Runtime } from './runtime'

interface GpuLayer {
  readonly length: number
  readonly parameter: GPUBuffer
  readonly firstMoment: GPUBuffer
  readonly secondMoment: GPUBuffer
  readonly zero: GPUBuffer
}

/** The adapter on WebGPU: parameters and moments stay on the device and are updated there. */
export class GpuAdapter implements Adapter {
  readonly parameters: readonly Tensor[]
  readonly zeros: readonly Tensor[]
  private readonly layers: readonly GpuLayer[]
  private updates = 0

  constructor(
    private readonly gpu: Gpu,
    runtime: Runtime,
    values: readonly Float32Array[],
  ) {
    this.layers = values.map((value) => {
      const zeros = () => uploadBuffer(gpu, 'adapter', new Float32Array(value.length))
      return {
        length: value.length,
        parameter: uploadBuffer(gpu, 'adapter', Float32Array.from(value)),
        firstMoment: zeros(),
        secondMoment: zeros(),
        zero: zeros(),
      }
    })
    const tensor = (buffer: GPUBuffer, length: number) => runtime.wrap(buffer, 'float32', [length])
    this.parameters = this.layers.map(({ parameter, length }) => tensor(parameter, length))
    this.zeros = this.layers.map(({ zero, length }) => tensor(zero, length))
  }

  async update(gradients: readonly Tensor[], options: Omit<AdamWOptions, 'update'>) {
    const { gpu, layers } = this
    const norm = gpu.buffers.acquire(
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
    gpu.buffers.release(norm)
    dispose(...gradients)
    const applied = Number.isFinite(gradNorm)
    if (applied) this.updates++
    return { gradNorm, applied }
  }

  async state(): Promise<AdapterState> {
    const read = (pick: (layer: GpuLayer) => GPUBuffer) =>
      Promise.all(
        this.layers.map(
          async (layer) => new Float32Array(await readBuffer(this.gpu, pick(layer), layer.length * 4)),
        ),
      )
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
    for (const { parameter, firstMoment, secondMoment, zero } of this.layers)
      for (const buffer of [parameter, firstMoment, secondMoment, zero]) this.gpu.buffers.release(buffer)
  }
}
