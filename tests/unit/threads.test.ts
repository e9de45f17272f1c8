import { expect, test } from 'vitest'
import { repeatsOf, repeatsOfAll } from '../../src/model/repeats'
import { smallConfig } from '../reference/small_model'

test('where a run repeats follows from backend and model, for several peers from the least of them', () => {
  const small = smallConfig('llama')
  // Half a GiB in f32 are its embedding and its head each: the layers have no room.
  const large = smallConfig('llama', { vocabSize: 2 ** 17, hiddenSize: 2 ** 10 })
  expect(repeatsOf('wasm', small)).toBe('exact')
  expect(repeatsOf('wasm', large)).toBe('threads')
  expect(repeatsOf('webgpu', small)).toBe('device')
  expect(repeatsOfAll([{}, { repeats: 'exact' }])).toBe('exact')
  expect(repeatsOfAll([{ repeats: 'exact' }, { repeats: 'threads' }])).toBe('threads')
  expect(repeatsOfAll([{ repeats: 'device' }, { repeats: 'threads' }])).toBe('device')
})
