/** An adapter as decoding step by step reads it, on the device (see `joinedLoraGraph`). */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { Gpu } from '../gpu/device'
import type { ModelDescription } from '../onnx/proto'
import type { Feeds, Runtime } from './runtime'

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
      for (const value of graph.outputs) {
        const tensor = runtime.pooled('joined LoRA', value)
        this.buffers.push(tensor.gpuBuffer)
        tensors[value.name] = tensor
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
