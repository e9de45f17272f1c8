/**
 * Reads a model folder laid out as on the model hub: `config.json`, `generation_config.json`,
 * `tokenizer.json`, `tokenizer_config.json`, `onnx/model_q4.onnx` and the data files next to it.
 */

import { ColloquyError } from '../errors'
import { decodeModel, elementCount, type ModelDescription, type TensorData } from '../onnx/proto'
import { ELEMENT_BYTES } from '../onnx/proto_tensor'
import type { ModelConfig } from './config'
import { readModelConfig } from './import_config'
import { importWeights } from './import_weights'
import type { ModelWeights } from './weights'

/** Bytes of a file, by its path within the folder. Rejects with ColloquyError 'model-file' where missing. */
export type ReadFile = (path: string) => Promise<Uint8Array>

/** Called before each file is read: its path, and how many of how many files are read already. */
export type OnProgress = (file: string, read: number, files: number) => void

export interface ModelFolder {
  readonly config: ModelConfig
  readonly weights: ModelWeights
  /** tokenizer.json and tokenizer_config.json as parsed, for transformers.js. */
  readonly tokenizerJson: object
  readonly tokenizerConfig: object
  /** Ids that end a completion. At least one. */
  readonly stopIds: readonly number[]
}

const MODEL_FILE = 'onnx/model_q4.onnx'

/**
 * @param what the folder, for errors, e.g. `models/ada`
 * @throws ColloquyError 'model-file' for a file that is missing, damaged or does not fit the others,
 *   'model-architecture' for a model this engine does not implement.
 */
export async function loadModelFolder(
  read: ReadFile,
  what: string,
  onProgress: OnProgress = () => {},
): Promise<ModelFolder> {
  let done = 0
  let files = 5
  const next: ReadFile = async (path) => {
    onProgress(path, done, files)
    const bytes = await read(path)
    done++
    return bytes
  }
  const configJson = await readJson(next, 'config.json', what)
  const config = readModelConfig(configJson, `${what}/config.json`)
  const stopIds = await readStopIds(next, configJson, what)
  const tokenizerJson = await readJson(next, 'tokenizer.json', what)
  const tokenizerConfig = await readJson(next, 'tokenizer_config.json', what)
  const model = decodeModel(await next(MODEL_FILE), `${what}/${MODEL_FILE}`)
  const whole = await withExternalData(model, `${what}/${MODEL_FILE}`, (path) => {
    files++
    return next(path)
  })
  const weights = importWeights(whole, config, `${what}/${MODEL_FILE}`)
  onProgress(MODEL_FILE, files, files)
  return { config, weights, tokenizerJson, tokenizerConfig, stopIds }
}

type Json = Readonly<Record<string, unknown>>

async function readJson(read: ReadFile, path: string, what: string): Promise<Json> {
  return parseJson(await read(path), `${what}/${path}`)
}

function parseJson(bytes: Uint8Array, what: string): Json {
  const text = new TextDecoder().decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged(what, `${text.length} characters that are not JSON`, 'a JSON object', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(what, `JSON that starts "${text.slice(0, 20)}"`, 'a JSON object')
  return value as Json
}

/** From generation_config.json, or config.json where the folder lacks that file or it names none. */
async function readStopIds(read: ReadFile, configJson: Json, what: string): Promise<number[]> {
  const path = 'generation_config.json'
  const bytes = await read(path).catch((error: unknown) => {
    const missing = error instanceof ColloquyError && error.code === 'model-file'
    if (!missing || configJson.eos_token_id === undefined) throw error
    return null
  })
  const generation = bytes && parseJson(bytes, `${what}/${path}`)
  const found = generation?.eos_token_id ?? configJson.eos_token_id
  const ids: unknown[] = Array.isArray(found) ? found : [found]
  if (ids.length === 0 || !ids.every((id) => Number.isInteger(id)))
    throw damaged(
      `${what}/${path}, eos_token_id`,
      JSON.stringify(found) ?? 'nothing',
      'a token id or a list of them',
    )
  return ids as number[]
}

/** Fills in the tensors whose bytes lie in files next to the model, each file read once. */
async function withExternalData(
  model: ModelDescription,
  what: string,
  read: ReadFile,
): Promise<ModelDescription> {
  const files = new Map<string, Uint8Array>()
  const initializers = new Map<string, TensorData>()
  for (const [name, tensor] of model.graph.initializers) {
    const { external } = tensor
    if (external === undefined) {
      initializers.set(name, tensor)
      continue
    }
    const { location, offset } = external
    if (location === '' || location.startsWith('/') || /(^|[/\\])\.\.([/\\]|$)/.test(location))
      throw damaged(`${what}, tensor "${name}"`, `data in "${location}"`, 'a file next to the model')
    const bytes = files.get(location) ?? (await read(`onnx/${location}`))
    files.set(location, bytes)
    const size = elementCount(tensor.shape) * ELEMENT_BYTES[tensor.type]
    const end = offset + size
    if (!(offset >= 0 && end <= bytes.length) || (external.length ?? size) !== size)
      throw damaged(
        `${what}, tensor "${name}"`,
        `${external.length ?? 'the'} bytes from ${offset} of ${location}, which has ${bytes.length}`,
        `${size} bytes`,
      )
    initializers.set(name, { type: tensor.type, shape: tensor.shape, data: bytes.subarray(offset, end) })
  }
  return { ...model, graph: { ...model.graph, initializers } }
}

function damaged(what: string, found: string, wanted: string, cause?: unknown): ColloquyError {
  const todo = 'Download or export the model again'
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo }, { cause })
}
