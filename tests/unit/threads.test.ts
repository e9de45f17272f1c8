import { expect, test } from 'vitest'
import { determinismOf, determinismOfAll } from '../../src/model/determinism'
import { smallConfig } from '../reference/small_model'

test('the scope of determinism follows from backend and model, for several peers from the weakest', () => {
  const small = smallConfig('llama')
  // Its embedding and its head take half a GiB each in f32, so the layers have no room.
  const large = smallConfig('llama', { vocabSize: 2 ** 17, hiddenSize: 2 ** 10 })
  expect(determinismOf('wasm', small)).toBe('exact')
  expect(determinismOf('wasm', large)).toBe('threads')
  expect(determinismOf('webgpu', small)).toBe('device')
  expect(determinismOfAll([{}, { determinism: 'exact' }])).toBe('exact')
  expect(determinismOfAll([{ determinism: 'exact' }, { determinism: 'threads' }])).toBe('threads')
  expect(determinismOfAll([{ determinism: 'device' }, { determinism: 'threads' }])).toBe('device')
})
