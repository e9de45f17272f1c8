/**
 * Reads a model folder with the hub's layout: `config.json`, `generation_config.json`, `tokenizer.json`,
 * `tokenizer_config.json`, one of the model files in `onnx/` and the data files next to it.
 */

import { ColloquyError } from '../../errors'
import { decodeModel } from '../../onnx/proto'
import { CollectedWeights } from '../weights/collected_weights'
import type { ModelWeights, WeightSink, WeightSource } from '../weights/weight_source'
import { MOST_POSITIONS, type ModelConfig } from './config'
import { FolderFingerprint } from './fingerprint'
import { DEFAULT_DTYPE, type Dtype, MODEL_FILES, type ReadFile, requiredFile } from './folder_files'
import { readModelConfig } from './import_config'
import { WeightStream } from './import_parts'
import { planWeights } from './import_plan'

/** Called before each file is read, with its path, the number of files read and the number of all files. */
export type OnProgress = (file: string, read: number, files: number) => void

export interface FolderOptions {
  /** Dtype of the model file; q4 by default. */
  readonly dtype?: Dtype
  /**
   * Maximum positions of the model, `MOST_POSITIONS` by default. Rotary tables have this length, and hub
   * models state up to 131072.
   */
  readonly maxPositions?: number
  readonly onProgress?: OnProgress
}

/**
 * A folder of which everything but the weights has been read. `deliver` reads the weights from the files each
 * time.
 */
export interface OpenFolder extends WeightSource {
  /** `maxPositions` is capped. `tiedEmbeddings` is config.json's, which the model file may contradict. */
  readonly config: ModelConfig
  /** tokenizer.json and tokenizer_config.json as parsed, for transformers.js. */
  readonly tokenizerJson: object
  readonly tokenizerConfig: object
  /** chat_template.jinja, where the folder has it. It overrides a template in tokenizer_config.json. */
  readonly chatTemplate?: string
  /** Ids that end a completion; at least one. */
  readonly stopIds: readonly number[]
  /**
   * Returns the `FolderFingerprint` of the files read so far; of the whole model once its weights were
   * delivered.
   */
  fingerprint(): string
}

/** A folder with its weights in arrays. `tiedEmbeddings` is that of the weights. */
export interface ModelFolder extends Omit<OpenFolder, 'deliver' | 'fingerprint'> {
  readonly weights: ModelWeights
}

/**
 * Opens a model folder. Delivering its weights holds at most one file's bytes at a time, besides tensors that
 * wait for others.
 * @param what the folder's name for errors, e.g. `models/ada`
 * @throws ColloquyError, also from `deliver`: 'model-file' for a file that is missing, damaged or does not
 * fit the others, 'model-architecture' for a model that this engine does not implement.
 */
export async function openModelFolder(
  read: ReadFile,
  what: string,
  { dtype = DEFAULT_DTYPE, maxPositions = MOST_POSITIONS, onProgress = () => {} }: FolderOptions = {},
): Promise<OpenFolder> {
  // The model file and its data files are counted once they are known.
  const progress = { done: 0, files: 5 }
  const fingerprint = new FolderFingerprint()
  const next: ReadFile = async (path) => {
    onProgress(path, progress.done, progress.files)
    const bytes = await read(path)
    if (bytes === null) return null
    await fingerprint.add(path, bytes)
    progress.done++
    return bytes
  }
  const configJson = await readJson(next, 'config.json', what)
  const stated = readModelConfig(configJson, `${what}/config.json`)
  const stopIds = await readStopIds(next, configJson, what)
  const tokenizerJson = await readJson(next, 'tokenizer.json', what)
  const tokenizerConfig = await readJson(next, 'tokenizer_config.json', what)
  const template = await next('chat_template.jinja')
  const before = progress.done
  progress.files = before + 1
  return {
    config: { ...stated, maxPositions: Math.min(stated.maxPositions, maxPositions) },
    tokenizerJson,
    tokenizerConfig,
    chatTemplate: template === null ? undefined : new TextDecoder().decode(template),
    stopIds,
    fingerprint: () => fingerprint.hex(),
    async deliver(sink) {
      progress.done = before
      const { file, stream } = await openModel(next, what, MODEL_FILES[dtype], stated, sink)
      progress.files = progress.done + stream.locations.length
      for (const location of stream.locations) {
        // No variable here: it would keep the bytes while the next file is read.
        await stream.part(location, await requiredFile(next, what, `onnx/${location}`))
      }
      onProgress(file, progress.files, progress.files)
    },
  }
}

/** Loads a model folder with all weights in arrays. */
export async function loadModelFolder(
  read: ReadFile,
  what: string,
  options?: FolderOptions,
): Promise<ModelFolder> {
  const { deliver, fingerprint: _, ...folder } = await openModelFolder(read, what, options)
  const collected = new CollectedWeights(folder.config)
  await deliver(collected)
  const weights = collected.finish()
  const config = { ...folder.config, tiedEmbeddings: weights.head === weights.embedding }
  return { ...folder, config, weights }
}

/**
 * Reads the first of these files that exists, and delivers the weights inside it. It is its own function, so
 * that the file's bytes are freed when it returns.
 */
async function openModel(
  read: ReadFile,
  what: string,
  candidates: readonly string[],
  config: ModelConfig,
  sink: WeightSink,
): Promise<{ file: string; stream: WeightStream }> {
  for (const file of candidates) {
    const bytes = await read(file)
    if (bytes === null) continue
    const name = `${what}/${file}`
    const { graph } = decodeModel(bytes, name)
    const stream = new WeightStream(graph, planWeights(graph, config, name), sink, name)
    await stream.modelFile()
    return { file, stream }
  }
  const [first, ...others] = candidates
  const alone = others.length === 0
  throw new ColloquyError({
    code: 'model-file',
    what: `${what}/${alone ? first : 'onnx'}`,
    found: alone ? 'no such file' : `none of ${candidates.join(', ')}`,
    wanted: alone ? 'a model file' : 'one of them',
    todo: 'Choose a dtype that the folder has, or add the file',
  })
}

type Json = Readonly<Record<string, unknown>>

async function readJson(read: ReadFile, path: string, what: string): Promise<Json> {
  return parseJson(await requiredFile(read, what, path), `${what}/${path}`)
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

/**
 * Reads the stop ids from generation_config.json, or from config.json where that file is missing or names
 * none.
 */
async function readStopIds(read: ReadFile, configJson: Json, what: string): Promise<number[]> {
  const path = 'generation_config.json'
  const stated = configJson.eos_token_id ?? null
  const bytes = stated === null ? await requiredFile(read, what, path) : await read(path)
  const generation = bytes && parseJson(bytes, `${what}/${path}`)
  const found = generation?.eos_token_id ?? stated
  const ids: unknown[] = Array.isArray(found) ? found : [found]
  if (ids.length === 0 || !ids.every((id) => Number.isInteger(id)))
    throw damaged(
      `${what}/${path}, eos_token_id`,
      found === null ? 'nothing' : JSON.stringify(found),
      'a token id or a list of them',
    )
  return ids as number[]
}

function damaged(what: string, found: string, wanted: string, cause?: unknown): ColloquyError {
  const todo = 'Download or export the model again'
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo }, { cause })
}
