import { describe, expect, test } from 'vitest'
import type { ModelType } from '../../src/model/import/config'
import { floatsOf, type TensorData, tensorOf } from '../../src/onnx/proto'
import { type HubFile, loadHub, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'

describe.each<ModelType>(['gemma3_text', 'smollm3', 'granite', 'granitemoehybrid', 'olmo2'])(
  'a folder of %s',
  (type) => {
    test('as torch.onnx names its modules has its config and weights', async () => {
      const config = smallConfig(type)
      const weights = randomWeights(config, 2)
      const { weights: found, config: read } = await loadHub(config, optimumFile(config, weights))
      expect(read).toEqual(config)
      expect(found).toEqual(weights)
    })
  },
)

/** Stores norms as Gemma does in PyTorch, and adds 1 in the graph. */
function withOffsets(file: HubFile): void {
  for (const [name, tensor] of [...file.initializers] as [string, TensorData][]) {
    if (!/norm\.weight$/.test(name)) continue
    const stored = Array.from(floatsOf(tensor), (value) => value - 1)
    file.initializers.set(name, tensorOf('f32', tensor.shape, stored))
    file.node('Add', `/${name}/Add`, [name, 'one'])
  }
}

test('a norm that the graph adds 1 to is read with it', async () => {
  const config = smallConfig('gemma3_text')
  const weights = randomWeights(config, 3)
  const file = optimumFile(config, weights)
  withOffsets(file)
  expect((await loadHub(config, file)).weights).toEqual(weights)
})
