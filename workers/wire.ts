import { type TransferHandler, transferHandlers } from 'comlink'
import { fromWire, toWire, type WireError } from '../src/errors'

/** Lets errors cross comlink with their type and details. Import this module on both sides of a worker. */
const thrown = transferHandlers.get('throw')
if (thrown) {
  const handler: TransferHandler<{ value: unknown }, WireError> = {
    canHandle: (value): value is { value: unknown } => thrown.canHandle(value),
    serialize: ({ value }) => [toWire(value), []],
    deserialize: (wire) => {
      throw fromWire(wire)
    },
  }
  transferHandlers.set('throw', handler)
}

/** First message of a worker: its code is loaded. It holds `lock` as long as it lives. */
export interface ReadyMessage {
  readonly colloquy: 'ready'
  readonly lock: string | null
}

/**
 * Messages streamed beside comlink's calls on the same port, so they arrive in order with the answers.
 * Comlink ignores messages that are not its own.
 */
export type StreamMessage<T> = { readonly colloquy: 'stream'; readonly item: T }

export function isReady(data: unknown): data is ReadyMessage {
  return (data as Partial<ReadyMessage> | null)?.colloquy === 'ready'
}

export function isStream(data: unknown): data is StreamMessage<unknown> {
  return (data as Partial<StreamMessage<unknown>> | null)?.colloquy === 'stream'
}

/** Bytes encoded at a time; a multiple of three, so that the pieces can be joined. */
const PIECE = 0x6000

/** Encodes bytes as base64, also very many. */
export function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += PIECE)
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))))
  return pieces.join('')
}

/** Decodes a text that `toBase64` made. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}
