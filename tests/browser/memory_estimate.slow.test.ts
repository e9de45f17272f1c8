/** Compares the memory estimate before a model is loaded with the memory it then takes. */
import { describe, it } from 'vitest'
import { adapterHasF16 } from '../../src/gpu/device'
import { expectNear, type MemoryCase } from './measured_memory'

/** A software GPU adapter compiles every kernel again for each device. */
const PATIENCE = 300_000

describe('memory is within a fifth of its estimate', () => {
  it.each<MemoryCase>([
    { model: 'models/ada', dtype: 'q4', backend: 'wasm', promptTokens: 40, rollouts: 32, newTokens: 64 },
    { model: 'medium', dtype: 'q4', backend: 'wasm', promptTokens: 40, rollouts: 4, newTokens: 16 },
    { model: 'medium', dtype: 'fp32', backend: 'wasm', promptTokens: 40, rollouts: 16, newTokens: 32 },
  ])('$model as $dtype on wasm, $rollouts rows', expectNear, PATIENCE)

  it.each<MemoryCase>([
    { model: 'models/ada', dtype: 'q4', backend: 'webgpu', promptTokens: 40, rollouts: 8, newTokens: 16 },
    { model: 'medium', dtype: 'q4', backend: 'webgpu', promptTokens: 8, rollouts: 2, newTokens: 4 },
  ])('$model as $dtype on WebGPU, $rollouts rows', expectNear, PATIENCE)

  it(
    'models/ada in f16 on WebGPU',
    async ({ skip }) => {
      skip(!(await adapterHasF16()), 'this adapter has no f16')
      // Enough rows that the runtime's own buffers, whose size is constant, are the smaller part.
      await expectNear({
        model: 'models/ada',
        backend: 'webgpu',
        promptTokens: 40,
        rollouts: 32,
        newTokens: 32,
      })
    },
    PATIENCE,
  )
})
