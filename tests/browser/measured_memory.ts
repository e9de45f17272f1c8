/** Compares the memory estimate before a model is loaded with the memory it then takes. */
import { expect } from 'vitest'
import { type Dtype, type ReadFile, requiredFile } from '../../src/model/import/folder_files'
import { fetchFolder } from '../../workers/browser/fetch_folder'
import { genaiFile, hubFolder, inParts, optimumFile } from '../reference/hub_file'
import { randomWeights, smallConfig } from '../reference/small_model'
import { heldHeap } from './held_heap'
import { type ModelMemoryOptions, modelMemory } from './model_memory'

/** Bytes of code, which an earlier case may have loaded, and of the test itself. */
const CODE = 6e6

const base = new URL('/', location.href).href

/**
 * Makes a 40 MB model folder in f32 as an exporter writes it, outside this page's memory, with its own
 * tokenizer.
 */
async function mediumFolder(dtype: 'fp32' | 'q4'): Promise<ReadFile> {
  const config = smallConfig('llama', {
    vocabSize: 4096,
    hiddenSize: 512,
    intermediateSize: 1024,
    headDim: 64,
    heads: 8,
    kvHeads: 8,
    layers: 3,
    maxPositions: 2048,
  })
  const weights = randomWeights(config, 1, dtype === 'q4' ? 4 : 32)
  const file = dtype === 'q4' ? genaiFile(config, weights) : optimumFile(config, weights)
  const files = { ...hubFolder(config, file, inParts(file, 1)) }
  const peer = fetchFolder(base, 'models/ada')
  for (const path of ['tokenizer.json', 'tokenizer_config.json'])
    files[path] = await requiredFile(peer, 'models/ada', path)
  const blobs = new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes.slice()])]))
  return async (path) => {
    const blob = blobs.get(path.replace('onnx/model.onnx', 'onnx/model_q4.onnx'))
    return blob === undefined ? null : new Uint8Array(await blob.arrayBuffer())
  }
}

export type MemoryCase = Pick<ModelMemoryOptions, 'backend' | 'promptTokens' | 'rollouts' | 'newTokens'> & {
  readonly model: 'models/ada' | 'medium'
  readonly dtype?: Dtype
}

async function measured({ model, ...rest }: MemoryCase) {
  const folder = model === 'medium' ? await mediumFolder(rest.dtype === 'fp32' ? 'fp32' : 'q4') : null
  return modelMemory({
    ...rest,
    read: folder ?? fetchFolder(base, model),
    source: model,
    threads: 1,
    prompts: 1,
    held: heldHeap,
  })
}

/** Expects a model's memory to be within a fifth of its estimate. */
export async function expectNear(given: MemoryCase): Promise<void> {
  const { expected, device, javascript } = await measured(given)
  expect(expected.device / device).toBeGreaterThan(0.8)
  expect(expected.device / device).toBeLessThan(1.2)
  expect(Math.abs(expected.javascript - javascript)).toBeLessThan(0.2 * javascript + CODE)
}
