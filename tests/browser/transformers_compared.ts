import { Tokenizer } from '@huggingface/tokenizers'
import type { Tensor } from '@huggingface/transformers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type HubInputs,
  type HubModel,
  type HubTokenizer,
  loadWithTransformersJs,
} from '../../src/bench/transformers_js'
import { PRESETS } from '../../src/config/presets'
import { type Engine, loadBase } from '../../src/model/base'
import { loadModelFolder, type ModelFolder } from '../../src/model/import/folder'
import { Runtime } from '../../src/model/runtime'
import { CpuAdapter } from '../../src/model/train/adapter'
import { initialLora } from '../../src/model/train/lora'
import { Transformer } from '../../src/model/transformer'
import { ArrayTables } from '../../src/model/weights/array_tables'
import { ModelTensors } from '../../src/model/weights/model_tensors'
import { dequantize } from '../../src/model/weights/quantize'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { deriveKey, seedKey } from '../../src/random'
import { wordProblems } from '../../src/tasks/word_problems'
import { fetchFolder } from '../../workers/browser/fetch_folder'

const CLOSE = 1e-3
const lora = { rank: 4, alpha: 8 }
/** Folders of the embedded peers. */
export const sources = [
  ...new Set(Object.values(PRESETS).flatMap(({ settings }) => settings.peers.map(({ source }) => source))),
].filter((source) => source.startsWith('models/'))

const questions = wordProblems.questions('heldout', deriveKey(seedKey(3), 1), 9)

/** Texts of very different lengths: bare questions, solved ones, and whole discussions. */
const prompts = questions.map((question, i) => {
  const prompt = wordProblems.sharePrompt(question)
  const solution = `${question.steps.join('. ')}. #### ${question.answer}`
  if (i % 3 === 0) return prompt
  if (i % 3 === 1) return `${prompt}${solution}`
  const mode = i % 2 === 0 ? 'cooperate' : 'compete'
  return wordProblems.analyzePrompt({ question, mode, own: solution, others: ['7+8=15. #### 15'] })
})

function floats(tensor: Tensor): Float32Array {
  const { data } = tensor
  if (!(data instanceof Float32Array)) throw new TypeError(`logits are ${tensor.type}`)
  return data
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i])
    // Negated so that NaN counts as a difference.
    if (!(difference <= largest)) largest = difference
  }
  return largest
}

function logSoftmax(logits: Float32Array): Float64Array {
  const top = Math.max(...logits)
  const sum = logits.reduce((total, value) => total + Math.exp(value - top), 0)
  return Float64Array.from(logits, (value) => value - top - Math.log(sum))
}

/** Compiling two builds of ONNX Runtime is slow on a busy machine. */
const PATIENCE = { timeout: 120_000 }

/** Tests that the engine and transformers.js compute the same for an embedded peer. */
export function describeParity(source: string): void {
  describe(source, PATIENCE, () => {
    let folder: ModelFolder
    let engine: Engine
    let tokenizer: HubTokenizer
    let model: HubModel
    /** Our ids, unpadded. */
    let ids: number[][]
    /** Logits (S, V) of transformers.js, for each prompt alone. */
    let theirs: Float32Array[]

    const forward = async (inputs: HubInputs): Promise<Tensor> => (await model(inputs)).logits

    beforeAll(async () => {
      folder = await loadModelFolder(fetchFolder(location.origin, source), source)
      const options = {
        source,
        backend: 'wasm',
        loraRank: lora.rank,
        loraAlpha: lora.alpha,
        threads: 1,
      } as const
      engine = await (await loadBase(modelInArrays(folder), options)).engine({ id: 'parity', seed: 1 })
      ;({ tokenizer, model } = await loadWithTransformersJs('/', source, 'wasm', 1))
      const own = new Tokenizer(folder.tokenizerJson, folder.tokenizerConfig)
      ids = prompts.map((prompt) => own.encode(prompt).ids)
      theirs = []
      for (const prompt of prompts) theirs.push(floats(await forward(tokenizer(prompt) as HubInputs)))
    }, PATIENCE.timeout)
    afterAll(async () => {
      await engine?.close()
      await model?.dispose()
    })

    it('has the token ids and the stop tokens that transformers.js finds', () => {
      prompts.forEach((prompt, i) => {
        expect(tokenizer.encode(prompt)).toEqual(ids[i])
        expect(tokenizer.decode(ids[i])).toBe(prompt)
      })
      expect(Math.max(...ids.map(({ length }) => length))).toBeGreaterThan(
        2 * Math.min(...ids.map(({ length }) => length)),
      )
      expect([model.generation_config?.eos_token_id].flat()).toEqual(folder.stopIds)
    })

    it('gives the logits that transformers.js gives', async () => {
      const { config, weights } = folder
      const runtime = await Runtime.create({ backend: 'wasm', threads: 1 })
      const tables = new ArrayTables(runtime)
      const tensors = await ModelTensors.load(runtime, modelInArrays(folder), lora, tables, 'f32')
      const transformer = await Transformer.create(runtime, tensors)
      const adapter = new CpuAdapter(runtime, initialLora(config, lora.rank, seedKey(1)))
      const head = dequantize(weights.head).data
      let largest = 0
      for (const [i, row] of ids.entries()) {
        const positions = Int32Array.from(row.keys())
        const length = row.length
        const rows = {
          ids: Int32Array.from(row),
          positions: Float32Array.from(positions),
          ends: new Float32Array(length).fill(length),
          rows: 1,
          length,
        }
        const hidden = await transformer.hidden(rows, positions, adapter.parameters)
        const ours = logitsOf(await runtime.read(hidden), head, config.hiddenSize)
        largest = Math.max(largest, largestDifference(ours, theirs[i]))
      }
      adapter.close()
      tensors.close()
      await runtime.close()
      expect(largest).toBeLessThanOrEqual(CLOSE)
    })

    it('gives the logprobs that follow from them, at every position', async () => {
      const scored = await engine.policy.logprobs(
        ids.map((row) => ({ promptIds: row.slice(0, 1), ids: row.slice(1) })),
        1,
      )
      const { vocabSize } = folder.config
      ids.forEach((row, i) => {
        const expected = row
          .slice(1)
          .map((id, t) => logSoftmax(theirs[i].subarray(t * vocabSize, (t + 1) * vocabSize))[id])
        expect(largestDifference(scored[i], expected)).toBeLessThanOrEqual(CLOSE)
      })
    })

    it('gives them in one padded batch, too', async () => {
      const inputs = tokenizer(prompts, { padding: true }) as HubInputs
      const [rows, length] = inputs.input_ids.dims
      const batch = floats(await forward(inputs))
      const { vocabSize } = folder.config
      expect(rows).toBe(prompts.length)
      ids.forEach((row, i) => {
        const start = (i * length + length - row.length) * vocabSize
        const real = batch.subarray(start, (i + 1) * length * vocabSize)
        expect(largestDifference(real, theirs[i])).toBeLessThanOrEqual(CLOSE)
      })
    })
  })
}

/** hidden (S, H), head (V, H) -> logits (S, V). */
function logitsOf(hidden: Float32Array, head: Float32Array, width: number): Float32Array {
  const vocabulary = head.length / width
  return Float32Array.from({ length: (hidden.length / width) * vocabulary }, (_, i) => {
    const row = Math.floor(i / vocabulary) * width
    const column = (i % vocabulary) * width
    let sum = 0
    for (let h = 0; h < width; h++) sum += hidden[row + h] * head[column + h]
    return sum
  })
}
