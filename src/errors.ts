/**
 * Typed errors. Each names what is wrong, what was found, what was wanted and what to do. `toWire` and
 * `fromWire` carry an error through a structured clone, so an error from a worker keeps its type.
 */

export type ErrorCode =
  | 'graph' // an ONNX graph under construction has operands that do not fit
  | 'model-file' // a model folder lacks a file, or a file is truncated or not what its name says
  | 'download' // a model file is not here yet, or could not be fetched; fetched bytes are kept
  | 'model-architecture' // a model that this engine does not implement
  | 'config' // a run configuration field is out of range or unknown
  | 'backend' // the requested backend (WebGPU, wasm) is not available
  | 'limit' // a device limit is below what a kernel needs
  | 'memory' // not enough device or JavaScript memory
  | 'worker' // a worker died or stopped answering
  | 'storage' // IndexedDB refused, or a stored entry is damaged
  | 'task' // a question or answer that cannot be used

export interface ErrorDetail {
  readonly code: ErrorCode
  /** The thing that is wrong, e.g. `preset "duo"` or `models/ada/onnx/model_q4.onnx`. */
  readonly what: string
  readonly found: string
  readonly wanted: string
  /** Advice for the reader: an imperative sentence without a full stop. */
  readonly todo: string
}

export class ColloquyError extends Error {
  override readonly name = 'ColloquyError'
  constructor(
    readonly detail: ErrorDetail,
    options?: { cause?: unknown },
  ) {
    super(`${detail.what}: found ${detail.found}, wanted ${detail.wanted}. ${detail.todo}.`, options)
  }
  get code(): ErrorCode {
    return this.detail.code
  }
}

/** The form in which an error crosses a worker boundary. */
export type WireError =
  | { readonly kind: 'colloquy'; readonly detail: ErrorDetail; readonly stack?: string }
  | { readonly kind: 'other'; readonly name: string; readonly message: string; readonly stack?: string }

export function toWire(error: unknown): WireError {
  if (error instanceof ColloquyError) return { kind: 'colloquy', detail: error.detail, stack: error.stack }
  if (error instanceof Error)
    return { kind: 'other', name: error.name, message: error.message, stack: error.stack }
  return { kind: 'other', name: 'Error', message: String(error) }
}

export function fromWire(wire: WireError): Error {
  const error =
    wire.kind === 'colloquy'
      ? new ColloquyError(wire.detail)
      : Object.assign(new Error(wire.message), { name: wire.name })
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

/**
 * Shortens a text to `most` characters and marks the cut with "…". Texts in messages may come from anywhere
 * and have any length.
 */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** `detail.what` of the error for a prompt that leaves a model no room for an answer. */
export const PROMPT = 'prompt'

/** `detail.what` of the error for a GPU that is lost, full or failing. Another device may work. */
export const GPU_DEVICE = 'GPU device'
