import type { Clip } from '../grpo/grpo_loss'
import type { AdvantageReport, AdvantageRequest, LossOptions, LossStatistics } from '../grpo/types'
import type { HashState } from '../part_hash'
import type { Key } from '../random'
import type { Determinism } from './determinism'
import type { PeftAdapter } from './train/peft'

/** One row of `generate`: a prompt and the key of its randomness. */
export interface Sample {
  readonly prompt: string
  readonly key: Key
}

export interface GenerateRequest {
  /** Rows with equal prompts share one prefill. */
  readonly samples: readonly Sample[]
  /** 0 is greedy. */
  readonly temperature: number
  readonly maxNewTokens: number
}

/** One sampled completion ("rollout"). The stop token, where one was reached, is the last id. */
export interface Completion {
  readonly promptIds: readonly number[]
  readonly ids: readonly number[]
  /** Logprob of each id under the policy that sampled it, at the temperature it was sampled at. */
  readonly logprobs: readonly number[]
  /** What others see of it: without special tokens, and without the thoughts that are among its ids. */
  readonly text: string
  /** True where maxNewTokens ended it, not a stop token. */
  readonly truncated: boolean
}

/** How a completion's tokens make its text. */
export interface TokenSpans {
  /** Tokens at its beginning that are not in the text: of thoughts. */
  readonly thoughts: number
  /**
   * How much of the text, in UTF-16 units, each token behind them adds. 0 for special tokens, and for the first ones of a character
   * that takes several.
   */
  readonly lengths: readonly number[]
}

/** One sequence to train on: loss on the completion ids only. */
export interface TrainSequence {
  readonly promptIds: readonly number[]
  readonly ids: readonly number[]
  /** Rollout logprobs (len = ids), or null for a replayed completion: no importance ratio, weight 1. */
  readonly oldLogprobs: readonly number[] | null
  readonly advantage: number
}

export interface UpdateRequest {
  readonly sequences: readonly TrainSequence[]
  /**
   * Further rollouts of the batch that are masked out whole; none where left out. Averages over sequences count them, as in TRL.
   */
  readonly masked?: number
  readonly loss: LossOptions
  readonly learningRate: number
  readonly maxGradNorm: number
  readonly adamBeta1: number
  readonly adamBeta2: number
  readonly adamEpsilon: number
  readonly weightDecay: number
  /** Places in `sequences` of which the report is to tell more; none where left out. */
  readonly watched?: readonly number[]
}

/** What became of a sequence in an update. Lists are as long as its ids. */
export interface WatchedSequence {
  /**
   * As the loss saw it, before the optimizer step: logprobs, importance ratios, and where these were clipped. Null where the loss
   * had nothing to learn from the sequence, since its advantage is 0.
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
  /** Before clipping. */
  readonly gradNorm: number
  /** Trained tokens (mask = 1). */
  readonly tokens: number
  /** True where loss or gradient was not finite: nothing was changed. */
  readonly skipped: boolean
  /** Those of the request, in its order. */
  readonly watched: readonly WatchedSequence[]
}

/** Everything about a peer that training changes. One flat f32 array per decoder layer. */
export interface AdapterState {
  readonly updates: number
  readonly parameters: readonly Float32Array[]
  readonly firstMoments: readonly Float32Array[]
  readonly secondMoments: readonly Float32Array[]
}

/** Text as it is written: what was added to which of `samples`. A peer reports the rows it likes to, a local one the first. */
export type OnText = (rows: readonly { readonly row: number; readonly text: string }[]) => void

/**
 * How a peer is asked. A `plain` one goes on with a text as it was brought up to, an `instructed` one is told in words what to
 * do, a `thinking` one as well, and thinks before it answers.
 */
export type PromptStyle = 'plain' | 'instructed' | 'thinking'

/**
 * A peer as the learning loop sees it: text in, text out, and an update. Implemented by
 * `src/model/local_peer.ts`; in the browser it lives in a worker behind comlink, alone or with others on its weights.
 * All calls may reject with a ColloquyError; calls on one peer never overlap, those on different peers may.
 */
export interface Peer {
  readonly id: string
  /** `plain` where left out. */
  readonly promptStyle?: PromptStyle
  /** `exact` where left out. */
  readonly determinism?: Determinism
  /** `FolderFingerprint` of its model; left out where it has no files. */
  readonly fingerprint?: string
  generate(request: GenerateRequest, onText?: OnText): Promise<Completion[]>
  /** The tokens this peer would have written each text in, the stop token last: another peer's answers, to be trained on. */
  encode(texts: readonly string[]): Promise<number[][]>
  /** Which tokens of its completions make which part of their texts. */
  spans(completions: readonly (readonly number[])[]): Promise<TokenSpans[]>
  /** group_advantages on this peer's backend, of each request. */
  advantages(requests: readonly AdvantageRequest[]): Promise<AdvantageReport[]>
  /** One optimizer step. */
  update(request: UpdateRequest): Promise<UpdateReport>
  /**
   * Adds the adapter's parameters, a part for each layer, to a hash under way. A run's digest covers them after every step, and they are
   * too large to be sent for it.
   */
  hashParameters(hash: HashState): Promise<HashState>
  /** Parameters and moments, three arrays of the adapter's size: for a checkpoint. */
  adapterState(): Promise<AdapterState>
  restore(state: AdapterState): Promise<void>
  /** The adapter for use elsewhere; left out where there is none to be had. */
  exportAdapter?(): Promise<PeftAdapter>
  close(): Promise<void>
}
