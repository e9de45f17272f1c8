import type { Clip } from '../grpo/grpo_loss'
import type { AdvantageReport, AdvantageRequest, LossOptions, LossStatistics } from '../grpo/types'
import type { HashState } from '../part_hash'
import type { Key } from '../random'
import type { Determinism } from './determinism'
import type { PeftAdapter } from './train/peft'

/** One row of `generate`: a prompt and the key of its random draws. */
export interface Sample {
  readonly prompt: string
  readonly key: Key
}

export interface GenerateRequest {
  /** Rows with equal prompts share one prefill. */
  readonly samples: readonly Sample[]
  /** 0 means greedy decoding. */
  readonly temperature: number
  readonly maxNewTokens: number
}

/** One sampled completion ("rollout"). The stop token, where one was reached, is the last id. */
export interface Completion {
  readonly promptIds: readonly number[]
  readonly ids: readonly number[]
  /** Logprob of each id under the policy that sampled it, at the sampling temperature. */
  readonly logprobs: readonly number[]
  /** Text that peers, judges and checkers see, without special tokens and without thoughts. */
  readonly text: string
  /** True where maxNewTokens ended it instead of a stop token. */
  readonly truncated: boolean
}

/** How a completion's tokens form its text. */
export interface TokenSpans {
  /** Number of leading thought tokens, which are not in the text. */
  readonly thoughts: number
  /**
   * UTF-16 units of text that each later token adds; 0 for special tokens, and for the first tokens of a
   * character that takes several.
   */
  readonly lengths: readonly number[]
}

/** One training sequence. The loss is only on the completion ids. */
export interface TrainSequence {
  readonly promptIds: readonly number[]
  readonly ids: readonly number[]
  /** Rollout logprobs (len = ids). Null for a replayed completion: no importance ratio, weight 1. */
  readonly oldLogprobs: readonly number[] | null
  readonly advantage: number
}

export interface UpdateRequest {
  readonly sequences: readonly TrainSequence[]
  /**
   * Further rollouts of the batch that are masked out as a whole; 0 by default. Averages over sequences count
   * them, as in TRL.
   */
  readonly masked?: number
  readonly loss: LossOptions
  readonly learningRate: number
  readonly maxGradNorm: number
  readonly adamBeta1: number
  readonly adamBeta2: number
  readonly adamEpsilon: number
  readonly weightDecay: number
  /** Indices in `sequences` that the report describes in detail; none by default. */
  readonly watched?: readonly number[]
}

/** Details of a sequence in an update. Lists are as long as its ids. */
export interface WatchedSequence {
  /**
   * Values in the loss, before the optimizer step: logprobs, importance ratios and clips. Null where the loss
   * learns nothing from the sequence, because its advantage is 0.
   */
  readonly loss: {
    readonly logprobs: Float32Array
    readonly ratios: Float64Array
    readonly clips: readonly Clip[]
  } | null
  /** Its logprobs after the optimizer step. */
  readonly logprobs: Float32Array
}

export interface UpdateReport extends LossStatistics {
  /** Gradient norm before clipping. */
  readonly gradNorm: number
  /** Number of trained tokens (mask = 1). */
  readonly tokens: number
  /** True where loss or gradient is not finite. Nothing changed then. */
  readonly skipped: boolean
  /** The request's watched sequences, in its order. */
  readonly watched: readonly WatchedSequence[]
}

/** The part of a peer that training changes. One flat f32 array per decoder layer. */
export interface AdapterState {
  readonly updates: number
  readonly parameters: readonly Float32Array[]
  readonly firstMoments: readonly Float32Array[]
  readonly secondMoments: readonly Float32Array[]
}

/**
 * Text as a peer writes it: the added part of some of `samples`. A peer chooses its rows; a local one reports
 * the first.
 */
export type OnText = (rows: readonly { readonly row: number; readonly text: string }[]) => void

/**
 * How a peer is prompted. A `plain` peer continues a text as in its pretraining, an `instructed` one gets
 * instructions, a `thinking` one gets instructions and thinks before it answers.
 */
export type PromptStyle = 'plain' | 'instructed' | 'thinking'

/** Returns the id of the peer that writes this peer's discussions. No peer of a run may have it. */
export function discussionId(peer: string): string {
  return `${peer}/discussion`
}

/**
 * A peer as the learning loop sees it: text in, text out, and an update. `src/model/local_peer.ts` implements
 * it; in the browser it lives in a worker behind comlink, alone or with others on its weights. All calls may
 * reject with a ColloquyError. Calls on one peer never overlap, calls on different peers may.
 */
export interface Peer {
  readonly id: string
  /** `plain` by default. */
  readonly promptStyle?: PromptStyle
  /** `exact` by default. */
  readonly determinism?: Determinism
  /** A sentence for the visitor about the device that it computes on, where something is wrong with it. */
  readonly notice?: string
  /** `FolderFingerprint` of its model; left out for a peer without files. */
  readonly fingerprint?: string
  /**
   * Writes the analyses and fused answers in the peer's place, with another adapter on its weights. It closes
   * with the peer. Left out where the peer writes them.
   */
  readonly discussion?: Peer
  generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]>
  /**
   * Encodes texts of other peers for training: the tokens in which this peer would write each text, the stop
   * token last.
   */
  encode(texts: readonly string[]): Promise<number[][]>
  /** Returns which tokens of its completions form which part of their texts. */
  spans(completions: readonly (readonly number[])[]): Promise<TokenSpans[]>
  /** Computes group advantages of each request on this peer's backend. */
  advantages(requests: readonly AdvantageRequest[]): Promise<AdvantageReport[]>
  /** Makes one optimizer step. */
  update(request: UpdateRequest): Promise<UpdateReport>
  /**
   * Adds the adapter's parameters, one part per layer, to an unfinished hash. A run's digest covers them
   * after every step, and they are too large to send.
   */
  hashParameters(hash: HashState): Promise<HashState>
  /** Returns parameters and moments for a checkpoint: three times the adapter's size. */
  adapterState(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  /** Returns the adapter for use elsewhere; left out where the peer has none. */
  exportAdapter?(): Promise<PeftAdapter>
  close(): Promise<void>
}
