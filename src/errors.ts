/**
 * Typed errors. Each says what thing is wrong, what was found, what was wanted and what to do, and
 * survives a structured clone (see `toWire` / `fromWire`), so a worker's error arrives with its type.
 */

export type ErrorCode =
  | 'graph' // an ONNX graph under construction has operands that do not fit
  | 'model-file' // a model folder lacks a file, or a file is truncated or not what its name says
  | 'download' // a model file is not here yet, or could not be fetched; what had come is kept
  | 'model-architecture' // a model this engine does not implement
  | 'config' // a run configuration field is out of range or unknown
  | 'backend' // the asked-for backend (WebGPU, wasm) is not there
  | 'limit' // a device limit is below what a kernel needs
  | 'memory' // not enough device or JavaScript memory
  | 'worker' // a worker died or stopped answering
  | 'storage' // IndexedDB refused, or a stored thing is damaged
  | 'task' // a question or answer that cannot be used

export interface ErrorDetail {
  readonly code: ErrorCode
  /** The thing that is wrong, e.g. `preset "duo"` or `models/ada/onnx/model_q4.onnx`. */
  readonly what: string
  readonly found: string
  readonly wanted: string
  /** What the reader can do about it, as an imperative sentence without a full stop. */
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

/** A text for a message, of `most` characters at most and a mark where it goes on: what is shown may come from anywhere, and be of any length. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** What the `detail.what` of an error says where a prompt leaves a model no room for an answer. */
export const PROMPT = 'prompt'

/** What the `detail.what` of an error says where the GPU is lost, full, or fails: another device may do better. */
export const GPU_DEVICE = 'GPU device'
