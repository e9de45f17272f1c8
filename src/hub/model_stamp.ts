/** By what a model is known again, so that a run on another version of it does not pass for the same run. */
import { ColloquyError } from '../errors'
import { DEFAULT_DTYPE, type Dtype, MODEL_FILES } from '../model/dtypes'
import type { ReadFile } from '../model/folder'
import { type MakeHasher, portableHasher } from './hash'
import { neededFiles, REQUIRED } from './needed'
import { baseUrl, parseSource } from './source'
import type { ModelReader } from './store'

export interface ModelStamp {
  /** Eight hex digits of a hash over the files that loading it reads. */
  readonly files: string
  /** What those files take. */
  readonly bytes: number
}

export interface StampedModel {
  readonly source: string
  readonly dtype?: Dtype
}

/** Where a stamp can be read off. */
export interface StampPlaces {
  /** Reads a folder beside the page, or in the project. */
  readonly beside: (source: string) => ReadFile
  /** What is kept of models from elsewhere. */
  readonly kept: () => Promise<ModelReader>
  readonly hub?: string
  readonly hasher?: MakeHasher
}

const DIGITS = 8

/**
 * The stamps of models, in their order; null for one that is not here, and for a folder that the visitor picked. Reaches nobody but the
 * page's own server. Of a model from elsewhere its host's list of files and hashes is taken, against which it was checked when it came.
 * @throws ColloquyError where a folder cannot be read for other reasons than that it is not there
 */
export function modelStamps(
  models: readonly StampedModel[],
  places: StampPlaces,
): Promise<(ModelStamp | null)[]> {
  const made = new Map<string, Promise<ModelStamp | null>>()
  return Promise.all(
    models.map((model) => {
      const key = `${model.dtype ?? DEFAULT_DTYPE} ${model.source}`
      const stamp = made.get(key) ?? stampOf(model, places)
      made.set(key, stamp)
      return stamp
    }),
  )
}

async function stampOf(
  { source: text, dtype = DEFAULT_DTYPE }: StampedModel,
  { beside, kept, hub, hasher = portableHasher }: StampPlaces,
): Promise<ModelStamp | null> {
  const source = parseSource(text)
  const hash = hasher('sha256')
  const encoder = new TextEncoder()
  let bytes = 0
  switch (source.kind) {
    case 'picked':
      return null
    case 'relative':
      try {
        const read = beside(text)
        for (const path of [...REQUIRED, MODEL_FILES[dtype][0]]) {
          const file = await read(path)
          hash.update(encoder.encode(`${path} ${file.length}\n`))
          hash.update(file)
          bytes += file.length
        }
      } catch (error) {
        // The run itself will say so.
        if (error instanceof ColloquyError && error.code === 'model-file') return null
        throw error
      }
      break
    default: {
      const listing = await (await kept()).listing(baseUrl(source, hub))
      if (listing === null) return null
      for (const file of neededFiles(listing, dtype)) {
        hash.update(encoder.encode(`${file.path} ${file.size} ${file.hash}\n`))
        bytes += file.size
      }
    }
  }
  return { files: hash.hex().slice(0, DIGITS), bytes }
}
