/** An adapter in the form that step-by-step decoding reads, on the device (see `joinedLoraGraph`). */
import type { InferenceSession, Tensor } from 'onnxruntime-web/wasm'
import type { ModelDescription } from '../../onnx/proto'
import type { Scope } from '../../scope'
import type { Feeds, Runtime } from '../runtime'

/** Keeps the same buffers, because a captured step binds them permanently. */
export class DecodeAdapter {
  /** One entry per layer: `lora.qkv.a`, `lora.qkv.b` … */
  readonly layers: readonly Feeds[]

  /**
   * @param scope holds the buffers
   * @param session of `graph`
   * @param lora the adapter's flat parameters per layer, owned by the caller
   */
  constructor(
    scope: Scope,
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
    { graph }: ModelDescription,
    private readonly lora: readonly Tensor[],
  ) {
    this.layers = lora.map(() =>
      Object.fromEntries(
        graph.outputs.map((value) => [value.name, runtime.pooled(scope, 'joined LoRA', value)]),
      ),
    )
  }

  /** Updates the buffers from the current parameters. */
  async refresh(): Promise<void> {
    for (const [i, lora] of this.lora.entries())
      await this.runtime.run(this.session, { lora }, this.layers[i])
  }
}
