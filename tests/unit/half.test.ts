import { expect, test } from 'vitest'
import { halfBits, halfToNumber, toHalves } from '../../src/onnx/half'

const FINITE = Array.from({ length: 0x7c00 }, (_, bits) => bits)

test('every half keeps its bits, with either sign', () => {
  const back = FINITE.filter((bits) => halfBits(halfToNumber(bits)) !== bits)
  const negative = FINITE.filter((bits) => halfBits(-halfToNumber(bits)) !== (bits | 0x8000))
  expect([back, negative]).toEqual([[], []])
})

test('a value between two halves rounds to the nearer one, or to the even one', () => {
  const wrong = FINITE.slice(0, -1).filter((bits) => {
    const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)]
    const even = bits % 2 === 0 ? bits : bits + 1
    const third = (2 * low + high) / 3
    return (
      halfBits((low + high) / 2) !== even ||
      halfBits(third) !== bits ||
      halfBits(low + high - third) !== bits + 1
    )
  })
  expect(wrong).toEqual([])
})

test('a value too large becomes infinite, and NaN stays NaN', () => {
  expect([65504, 65519.99, 65520, 1e30, -1e30, Number.POSITIVE_INFINITY].map(halfBits)).toEqual([
    0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00,
  ])
  expect(halfToNumber(halfBits(Number.NaN))).toBeNaN()
  expect(toHalves([1, -2, 0])).toEqual(Uint16Array.of(0x3c00, 0xc000, 0))
})
