import { expect, test } from 'vitest'
import { loadBase } from '../../src/model/base'
import { CHUNK_STEPS } from '../../src/model/decode/decode_cost'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { referenceLogits, referenceLogprobs } from '../reference/decoder'
import { randomWeights, referenceModel, smallConfig } from '../reference/small_model'

test('local layers see their window over ragged prompts and several chunks', {
  timeout: 60_000,
}, async () => {
  const config = smallConfig('gemma3_text', {
    attention: { kinds: ['local', 'full'], local: { window: 7, ropeTheta: 40 } },
  })
  const weights = randomWeights(config, 5)
  const base = { source: 'x', backend: 'wasm', loraRank: 1, loraAlpha: 1, threads: 1 } as const
  const engine = await (await loadBase(modelInArrays({ config, weights }), base)).engine({ id: 'a', seed: 1 })
  const rows = [2, 9, 5].map((length, i) => ({
    promptIds: Array.from({ length }, (_, j) => (3 * i + 5 * j) % config.vocabSize),
    key: deriveKey(seedKey(2), i),
  }))
  const decoded = await engine.policy.generate(rows, { temperature: 1, maxNewTokens: 20, stops: [] })
  await engine.close()
  expect(decoded[0].ids.length).toBeGreaterThan(CHUNK_STEPS)
  const reference = referenceModel(config, weights)
  decoded.forEach(({ ids, logprobs }, row) => {
    const { promptIds } = rows[row]
    const wanted = referenceLogits(reference, [...promptIds, ...ids]).map(referenceLogprobs)
    ids.forEach((id, t) => {
      expect(Math.abs(logprobs[t] - wanted[promptIds.length + t - 1][id])).toBeLessThan(1e-4)
    })
  })
})
