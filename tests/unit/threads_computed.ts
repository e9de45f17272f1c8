/**
 * Prints the SHA-256 of an engine's results with the number of wasm threads in the argument. It is a process
 * of its own, because ONNX Runtime fixes the number with its first session.
 */

import { createHash } from 'node:crypto'
import { type Base, loadBase } from '../../src/model/base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { UPDATE } from '../data/update_request'
import { randomWeights, smallConfig } from '../reference/small_model'

const threads = Number(process.argv[2])

function hashOf(arrays: readonly ArrayLike<number>[]): string {
  const hash = createHash('sha256')
  for (const array of arrays) hash.update(new Uint8Array(Float64Array.from(array).buffer))
  return hash.digest('hex')
}

/** Sizes like the embedded peers': products are large enough to be divided among threads. */
const config = smallConfig('llama', {
  vocabSize: 230,
  hiddenSize: 64,
  intermediateSize: 176,
  heads: 4,
  headDim: 16,
  maxPositions: 320,
})

/** Returns sampled tokens, their logprobs, and the adapter after an update on them. */
async function workOf(base: Base): Promise<string> {
  const engine = await base.engine({ id: 'ada', seed: 7 })
  const rows = Array.from({ length: 4 }, (_, i) => ({
    promptIds: Array.from({ length: 30 + 5 * i }, (_, j) => (i * 31 + j * 57) % config.vocabSize),
    key: deriveKey(seedKey(2), i),
  }))
  const decoded = await engine.policy.generate(rows, { temperature: 1, maxNewTokens: 6, stops: [0] })
  await engine.policy.update({
    sequences: decoded.map(({ ids, logprobs }, i) => ({
      promptIds: rows[i].promptIds,
      ids,
      oldLogprobs: logprobs,
      advantage: i % 2 === 0 ? 1 : -0.75,
    })),
    ...UPDATE,
    loss: { ...UPDATE.loss, beta: 0.1 },
  })
  const { parameters } = await engine.state()
  await engine.close()
  return hashOf([...decoded.flatMap(({ ids, logprobs }) => [ids, logprobs]), ...parameters])
}

const weights = randomWeights(config, 9, 4)
const options = { source: 'random', backend: 'wasm', loraRank: 8, loraAlpha: 16, threads } as const
console.log(await workOf(await loadBase(modelInArrays({ config, weights }), options)))
process.exit(0)
