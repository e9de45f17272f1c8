import { loadBase } from '../../src/model/base'
import { loadModelFolder } from '../../src/model/import/folder'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { buildFixture, type FixtureOptions } from '../fixtures'
import { hubLogits } from '../fixtures/hub_logits'

/** Maximum difference of a token's logprob. transformers.js computes f16 files in f16, the engine in f32. */
export const BOUNDS = { f32: 1e-3, q4: 1e-3, fp16: 2e-2, q4f16: 2e-2 } as const
const NAMES = { f32: 'fp32', fp16: 'fp16', q4: 'q4', q4f16: 'q4f16', q8: 'q8' } as const

function logprobOf(logits: ArrayLike<number>, id: number): number {
  const values = Array.from(logits)
  const top = Math.max(...values)
  return values[id] - top - Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0))
}

/**
 * Returns the largest difference between logprobs of the engine and of transformers.js, over the tokens of a
 * ragged batch.
 */
export async function largestGap(options: FixtureOptions): Promise<number> {
  const files = await buildFixture(options)
  // Gemma's tokenizer pads on the left, which the attention of family B does not allow.
  const { rows } = await hubLogits(files, options.dtype, options.family === 'builder' ? 'right' : undefined)
  const read = async (path: string) => files.get(path) ?? null
  const folder = await loadModelFolder(read, options.model, { dtype: NAMES[options.dtype] })
  const base = await loadBase(modelInArrays(folder), {
    source: options.model,
    backend: 'wasm',
    loraRank: 2,
    loraAlpha: 4,
    threads: 1,
  })
  const engine = await base.engine({ id: 'a', seed: 1 })
  try {
    const sequences = rows.map(({ ids }) => ({ promptIds: ids.slice(0, 1), ids: ids.slice(1) }))
    const found = await engine.policy.logprobs(sequences, 1)
    let largest = 0
    rows.forEach(({ ids, logits }, row) => {
      for (let t = 1; t < ids.length; t++) {
        const gap = Math.abs(found[row][t - 1] - logprobOf(logits[t - 1], ids[t]))
        // Negated so that NaN counts.
        if (!(gap <= largest)) largest = gap
      }
    })
    return largest
  } finally {
    await engine.close()
  }
}
