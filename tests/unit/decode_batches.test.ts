import { expect, test } from 'vitest'
import { decodeBatches } from '../../src/model/decode/decode'
import { rowsTogether } from '../../src/model/decode/decode_cost'

const MIB = 2 ** 20
const rowsOf = (lengths: readonly number[]) =>
  lengths.map((length) => ({ promptIds: new Array<number>(length).fill(3), key: [0, 0] as const }))
const cut = (lengths: readonly number[], maxNewTokens: number, maxPositions: number, bytes: number) =>
  decodeBatches(
    lengths.map((_, i) => i),
    rowsOf(lengths),
    { maxNewTokens, maxPositions, cost: { perToken: bytes, perRow: 0 } },
  ).map((batch) => batch.length)

test('small caches: 128 rows at a time', () => {
  expect(cut(new Array<number>(300).fill(10), 30, 320, 384)).toEqual([128, 128, 44])
})

test('caches of 1 MiB a token: 256 MiB are two rows of 128 tokens', () => {
  expect(cut([100, 100, 100], 28, 4096, MIB)).toEqual([2, 1])
})

test('prompts count with the length of the longest in their batch', () => {
  expect(cut([10, 20, 118], 10, 4096, MIB)).toEqual([2, 1])
})

test('a row ends where the model has no more positions', () => {
  expect(cut([100, 100], 4000, 128, MIB)).toEqual([2])
})

test('a row that is too large goes alone', () => {
  expect(cut([10, 1000, 1000], 10, 4096, MIB)).toEqual([1, 1, 1])
})

test('sampling buffers count too', () => {
  expect(rowsTogether(10, { perToken: 0, perRow: 64 * MIB })).toBe(4)
  expect(rowsTogether(32, { perToken: MIB, perRow: 32 * MIB })).toBe(4)
})
