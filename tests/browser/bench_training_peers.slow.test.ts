import { it } from 'vitest'
import { smallConfig } from '../reference/small_model'
import { compare, randomFolder, smallProblem, testFamilies } from './training_peers_compared'

testFamilies([
  { family: 'qwen2', bits: 32, tiedEmbeddings: true },
  { family: 'qwen3', bits: 32, tiedEmbeddings: false },
])

// With a software GPU adapter, shaders take seconds to compile.
it('a training step on WebGPU is the same in other libraries, at the smallest size', {
  timeout: 180_000,
}, async () => {
  const folder = randomFolder(smallConfig('llama', { layers: 1 }), 32)
  await compare(folder, smallProblem(folder, 4, 8192), 'webgpu')
})
