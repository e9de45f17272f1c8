/**
 * The part of the protobuf wire format (protobuf.dev/programming-guides/encoding) that ONNX uses: varints,
 * 32- and 64-bit fixed fields and length-delimited fields. Groups are refused.
 */

import { ColloquyError } from '../errors'

type WireType = 0 | 1 | 2 | 5

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const TEXT = new TextEncoder()
const TWO32 = 2 ** 32
const TWO63 = 2 ** 63

/** Creates a `model-file` error about the file `what`. */
export function damagedFile(what: string, found: string, wanted: string, cause?: unknown): ColloquyError {
  return new ColloquyError(
    { code: 'model-file', what, found, wanted, todo: 'Download or export the file again' },
    { cause },
  )
}

/** Reads one message. Nested messages are readers over the same bytes; nothing is copied. */
export class MessageReader {
  private at = 0
  private wire: WireType = 0
  private readonly view: DataView
  /** @param what the file's name, for errors · @param depth number of messages around this one */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
    private readonly depth = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // ONNX nests about eight deep; a bound keeps a hostile file from exhausting the stack.
    if (depth > 100) throw this.damaged('messages nested more than 100 deep')
  }

  damaged(found: string): ColloquyError {
    return damagedFile(this.what, found, 'an ONNX model')
  }

  /** Moves to the next field. Returns its number, or 0 at the end of the message. Then read it or skip it. */
  next(): number {
    if (this.at === this.bytes.length) return 0
    const tag = this.varint()
    const field = Math.floor(tag / 8)
    const wire = ((tag % 8) + 8) % 8
    if (field < 1 || field >= 2 ** 29) throw this.damaged(`field number ${field} at byte ${this.at}`)
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)
      throw this.damaged(`wire type ${wire} at byte ${this.at}`)
    this.wire = wire
    return field
  }

  /** Reads a signed 64-bit integer; beyond 2^53 the nearest number. */
  integer(): number {
    this.expect(0)
    return this.varint()
  }

  private varint(): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at === this.bytes.length) throw this.damaged('the end of the data inside a number')
      const byte = this.bytes[this.at++]
      const seven = byte & 0x7f
      if (shift < 28) low += seven << shift
      else if (shift === 28) {
        low += (seven & 0xf) * 2 ** 28
        high = seven >>> 4
      } else if (shift < 63) high += seven << (shift - 32)
      else high += (seven & 1) * 2 ** 31
      if (byte < 0x80) return (high >= 2 ** 31 ? high - TWO32 : high) * TWO32 + low
    }
    throw this.damaged('a number of more than ten bytes')
  }

  /** Returns the bytes of a length-delimited field, as a view. */
  delimited(): Uint8Array {
    this.expect(2)
    const length = this.varint()
    return this.take(length)
  }

  message(): MessageReader {
    return new MessageReader(this.delimited(), this.what, this.depth + 1)
  }

  text(): string {
    const bytes = this.delimited()
    try {
      return UTF8.decode(bytes)
    } catch {
      throw this.damaged('a name that is not UTF-8')
    }
  }

  float32(): number {
    this.expect(5)
    return this.fixed32()
  }

  private fixed32(): number {
    const at = this.at
    this.take(4)
    return this.view.getFloat32(at, true)
  }

  /** Reads one field of a repeated integer, packed (delimited) or not. */
  integers(into: number[]): void {
    if (this.wire === 0) {
      into.push(this.varint())
      return
    }
    const packed = this.message()
    while (packed.at < packed.bytes.length) into.push(packed.varint())
  }

  /** Reads one field of a repeated float, packed (delimited) or not. */
  floats(into: number[]): void {
    if (this.wire === 5) {
      into.push(this.fixed32())
      return
    }
    const packed = this.message()
    while (packed.at < packed.bytes.length) into.push(packed.fixed32())
  }

  skip(): void {
    if (this.wire === 0) this.varint()
    else if (this.wire === 1) this.take(8)
    else if (this.wire === 2) this.delimited()
    else this.take(4)
  }

  private expect(wanted: WireType): void {
    if (this.wire !== wanted)
      throw this.damaged(`wire type ${this.wire} at byte ${this.at} where ${wanted} belongs`)
  }

  private take(length: number): Uint8Array {
    const left = this.bytes.length - this.at
    if (length < 0 || length > left) throw this.damaged(`${left} bytes where a field says it has ${length}`)
    const part = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return part
  }
}

/** Collects the parts of a message. It references data; `finish` copies them once. */
export class MessageWriter {
  private readonly parts: Uint8Array[] = []
  private pending: number[] = []
  private length = 0

  integer(field: number, value: number): void {
    this.number(field * 8)
    this.number(value)
  }

  float32(field: number, value: number): void {
    this.number(field * 8 + 5)
    this.raw(new Uint8Array(new Float32Array([value]).buffer))
  }

  text(field: number, value: string): void {
    this.delimited(field, TEXT.encode(value))
  }

  delimited(field: number, bytes: Uint8Array): void {
    this.number(field * 8 + 2)
    this.number(bytes.length)
    this.raw(bytes)
  }

  message(field: number, write: (inner: MessageWriter) => void): void {
    const inner = new MessageWriter()
    write(inner)
    inner.flush()
    this.number(field * 8 + 2)
    this.number(inner.length)
    for (const part of inner.parts) this.raw(part)
  }

  integers(field: number, values: readonly number[]): void {
    const inner = new MessageWriter()
    for (const value of values) inner.number(value)
    this.delimited(field, inner.finish())
  }

  floats(field: number, values: readonly number[]): void {
    this.delimited(field, new Uint8Array(Float32Array.from(values).buffer))
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.flush()
    const bytes = new Uint8Array(this.length)
    let at = 0
    for (const part of this.parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  private number(value: number): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      let rest = value
      while (rest >= 0x80) {
        this.pending.push((rest % 0x80) | 0x80)
        rest = Math.floor(rest / 0x80)
      }
      this.pending.push(rest)
      return
    }
    // The largest int64 reads as 2^63 (see `varint`). Write it back as itself, not as the smallest int64.
    let rest = value >= TWO63 ? 2n ** 63n - 1n : BigInt.asUintN(64, BigInt(value))
    while (rest >= 0x80n) {
      this.pending.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.pending.push(Number(rest))
  }

  private raw(bytes: Uint8Array): void {
    this.flush()
    this.parts.push(bytes)
    this.length += bytes.length
  }

  private flush(): void {
    if (this.pending.length === 0) return
    const bytes = Uint8Array.from(this.pending)
    this.pending = []
    this.parts.push(bytes)
    this.length += bytes.length
  }
}
