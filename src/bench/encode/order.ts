/** What is measured: shapes, sides and samples, for the command and for the process that measures. */
import type { WireError } from '../../errors'

/** Small, because the null device has little memory, and encoding depends on the layers alone. */
export const WIDTH = 64
export const ROWS = 8
export const PROMPT_TOKENS = 24
/** Tokens of a completion, in training and in decoding. */
export const NEW_TOKENS = 48

export const SIDES = ['Colloquy', 'TensorFlow.js'] as const
export type SideName = (typeof SIDES)[number]

/** `forward` computes the logprobs of the same sequences; TensorFlow.js has no decoder. */
export const WORK = ['update', 'forward', 'decode'] as const
export type WorkName = (typeof WORK)[number]

/** GPU calls of a process so far. */
export interface GpuCalls {
  readonly dispatches: number
  readonly submissions: number
}

export interface EncodeOrder {
  readonly layers: number
  readonly sides: readonly SideName[]
  /** Samples of each side, after a round to warm up. */
  readonly rounds: number
}

/** What one piece of work took. */
export interface Encoded extends GpuCalls {
  /** CPU time of the process, user and system. */
  readonly milliseconds: number
}

/** Samples of each piece of work of each side, none for a side that was not asked for. */
export type EncodeSamples = Readonly<Record<SideName, Readonly<Record<WorkName, readonly Encoded[]>>>>

export type EncodeAnswer = { readonly samples: EncodeSamples } | { readonly error: WireError }
