/** What is told of memory before a model is loaded, next to what it then takes. */
import { it } from 'vitest'
import { expectNear } from './measured_memory'

it('the memory of a peer on wasm is within a fifth of its estimate', () =>
  expectNear({ model: 'models/ada', backend: 'wasm', promptTokens: 40, rollouts: 32, newTokens: 64 }))
