import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import { f32Bytes, type HashState, PartHash } from '../part_hash'
import { deriveKey, seedKey } from '../random'
import { scoped } from '../scope'
import type { BaseOptions, BaseParts } from './base_parts'
import type { DecodeBackend } from './decode/decode'
import type { Determinism } from './determinism'
import type { ModelConfig } from './import/config'
import type { AdapterState } from './peer'
import { Policy } from './policy'
import type { Adapter } from './train/adapter'
import { initialLora, zeroLora } from './train/lora'
import type { WeightSource } from './weights/weight_source'

/**
 * Reads a model's weights onto the backend's device.
 * @throws ColloquyError `backend`, `limit` or `memory`, and any error of reading. The base is freed before it
 * throws.
 */
export async function loadBase(model: WeightSource, options: BaseOptions): Promise<Base> {
  const { createParts } =
    options.backend === 'wasm' ? await import('./wasm_base') : await import('./webgpu_base')
  return new Base(model.config, options.loraRank, await createParts(model, options))
}

/**
 * A base and the engines on it. Calls on different engines may overlap: what they share has no state, and the
 * runtime runs one call at a time. The base closes with its last engine.
 */
export class Base {
  private engines = 0
  private closed = false

  constructor(
    private readonly config: ModelConfig,
    private readonly loraRank: number,
    private readonly parts: BaseParts,
  ) {}

  /**
   * Creates a peer's engine, with the starting adapter of its seed and id, or none. Where that fails and no
   * other engine exists, the base closes.
   * @throws ColloquyError `memory`; Error where the base is closed
   */
  async engine({ id, seed, trains = true }: EngineOptions): Promise<Engine> {
    if (this.closed) throw new Error('the base was closed with its last engine')
    // Count it before the first await: an engine that closes meanwhile must not count as the last.
    this.engines++
    const name = Array.from(id, (character) => character.codePointAt(0) ?? 0)
    const lora = trains
      ? initialLora(this.config, this.loraRank, deriveKey(seedKey(seed), ...name))
      : zeroLora(this.config, this.loraRank)
    try {
      return this.engineOf(await this.parts.attach(lora, trains))
    } catch (error) {
      await this.leave().catch(() => undefined)
      throw error
    }
  }

  private engineOf({ adapter, decoder }: { adapter: Adapter; decoder: DecodeBackend }): Engine {
    const { transformer, head, determinism, batchLimits, decodeCost, advantages } = this.parts
    const limits = { batchLimits, maxPositions: this.config.maxPositions, decodeCost }
    let closing: Promise<void> | undefined
    return {
      policy: new Policy({ transformer, decoder, head, adapter, ...limits }),
      determinism,
      advantages,
      hashParameters: async (state) => {
        const hash = PartHash.carryOn(state)
        await adapter.eachLayer((parameters) => hash.add(f32Bytes(parameters)))
        return hash.state()
      },
      state: () => adapter.state(),
      restore: (state) => adapter.restore(state),
      close: () => {
        closing ??= this.leave({ adapter, decoder })
        return closing
      },
    }
  }

  private async leave(left?: { adapter: Adapter; decoder: DecodeBackend }): Promise<void> {
    // The scope frees the newest first: decoder, adapter, base.
    await scoped(async (scope) => {
      scope.hold(this.parts, (parts) => {
        this.engines--
        if (this.engines > 0) return
        this.closed = true
        return parts.close()
      })
      if (!left) return
      scope.hold(left.adapter, (adapter) => adapter.close())
      scope.hold(left.decoder, (decoder) => decoder.close())
    })
  }
}

export interface EngineOptions {
  readonly id: string
  /** Decides the starting adapter, together with the id. */
  readonly seed: number
  /** False for an engine that writes as the base and is never trained; true by default. */
  readonly trains?: boolean
}

/** Computation of one peer: its adapter on a base, which it may share with others (see `Base`). */
export interface Engine {
  readonly policy: Policy
  readonly determinism: Determinism
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  /** See `Peer.hashParameters`. */
  hashParameters(hash: HashState): Promise<HashState>
  state(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  /** Frees the adapter, and the base with its last engine. After it callers may call only `close`. */
  close(): Promise<void>
}
