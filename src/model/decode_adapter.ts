/** An adapter as decoding step by step reads it, on the device (see `joinedLoraGraph`). */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { Gpu } from '../gpu/device'
import { ELEMENT_BYTES, elementCount, type ModelDescription } from '../onnx/proto'
import { deviceType, type Feeds, type Runtime } from './runtime'

const USAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** Owns its buffers, which stay the same ones: a captured step has them bound for good. */
export class DecodeAdapter {
  /** Of each layer: `lora.qkv.a`, `lora.qkv.b` … */
  readonly layers: readonly Feeds[]
  private readonly buffers: GPUBuffer[] = []

  /**
   * @param session of `graph`
   * @param lora the adapter's flat parameters per layer, owned by the caller
   */
  constructor(
    private readonly gpu: Gpu,
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
    { graph }: ModelDescription,
    private readonly lora: readonly Tensor[],
  ) {
    this.layers = lora.map(() => {
      const tensors: Feeds = {}
      for (const { name, type, shape } of graph.outputs) {
        const sizes = shape.map(Number)
        const buffer = gpu.buffers.acquire('joined LoRA', ELEMENT_BYTES[type] * elementCount(sizes), USAGE)
        this.buffers.push(buffer)
        tensors[name] = runtime.wrap(buffer, deviceType(type), sizes)
      }
      return tensors
    })
  }

  /** Makes it what the parameters are now. */
  async refresh(): Promise<void> {
    for (const [i, lora] of this.lora.entries())
      await this.runtime.run(this.session, { lora }, this.layers[i])
  }

  close(): void {
    for (const buffer of this.buffers.splice(0)) this.gpu.buffers.release(buffer)
  }
}
