import type { AdvantageReport, AdvantageRequest } from '../grpo/types'
import type { HashState } from '../part_hash'
import type { AdapterState } from './peer'
import type { Policy } from './policy'
import type { Repeats } from './repeats'

export interface EngineOptions {
  readonly id: string
  /** Decides the starting adapter, together with the id. */
  readonly seed: number
}

/** What one peer computes with: its adapter on a base, which it may share with others (see `Base`). */
export interface Engine {
  readonly policy: Policy
  readonly repeats: Repeats
  advantages(request: AdvantageRequest): Promise<AdvantageReport>
  /** As `Peer.hashParameters`. */
  hashParameters(hash: HashState): Promise<HashState>
  state(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  /** Frees the adapter, and the base where no other engine is left on it. No call comes after it but `close`. */
  close(): Promise<void>
}
