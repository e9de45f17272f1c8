/** Fingerprints of models, so that a run on another version of a model does not pass for the same run. */
import { FolderFingerprint } from '../model/import/fingerprint'
import {
  DEFAULT_DTYPE,
  type Dtype,
  MODEL_FILES,
  OPTIONAL_FILES,
  REQUIRED_FILES,
  type ReadFile,
} from '../model/import/folder_files'
import { type MakeHasher, portableHasher } from './hash'
import { dataFiles, neededFiles } from './needed'
import { baseUrl, parseSource } from './source'
import type { ModelReader } from './store'

export interface ModelFingerprint {
  /**
   * Eight hex digits. For a folder beside the page, the start of its `FolderFingerprint`. For a model from
   * elsewhere, the start of a hash over its host's list of files.
   */
  readonly print: string
  /** Total bytes of those files. */
  readonly bytes: number
}

export interface FingerprintedModel {
  readonly source: string
  readonly dtype?: Dtype
}

/** Places that fingerprints are read from. */
export interface FingerprintPlaces {
  /** Reads a folder beside the page or in the project. */
  readonly beside: (source: string) => ReadFile
  /** Returns the store of models from elsewhere. */
  readonly kept: () => Promise<ModelReader>
  readonly hub?: string
  readonly hasher?: MakeHasher
}

const DIGITS = 8

/**
 * Returns the fingerprints of models, in their order; null for a missing model and for a folder that the
 * visitor picked. Contacts only the page's own server. The fingerprint of a model from elsewhere covers its
 * host's list of files and hashes, because its download was checked against that list.
 * @throws ColloquyError where a folder cannot be read, except where it does not exist
 */
export function modelFingerprints(
  models: readonly FingerprintedModel[],
  places: FingerprintPlaces,
): Promise<(ModelFingerprint | null)[]> {
  const made = new Map<string, Promise<ModelFingerprint | null>>()
  return Promise.all(
    models.map((model) => {
      const key = `${model.dtype ?? DEFAULT_DTYPE} ${model.source}`
      const fingerprint = made.get(key) ?? fingerprintOf(model, places)
      made.set(key, fingerprint)
      return fingerprint
    }),
  )
}

async function fingerprintOf(
  { source: text, dtype = DEFAULT_DTYPE }: FingerprintedModel,
  { beside, kept, hub, hasher = portableHasher }: FingerprintPlaces,
): Promise<ModelFingerprint | null> {
  const source = parseSource(text)
  switch (source.kind) {
    case 'picked':
      return null
    case 'relative':
      return folderFingerprint(beside(text), dtype)
    default: {
      const listing = await (await kept()).listing(baseUrl(source, hub))
      if (listing === null) return null
      const hash = hasher('sha256')
      let bytes = 0
      for (const file of neededFiles(listing, dtype)) {
        hash.update(new TextEncoder().encode(`${file.path} ${file.size} ${file.hash}\n`))
        bytes += file.size
      }
      return { print: hash.hex().slice(0, DIGITS), bytes }
    }
  }
}

/** Returns null for an incomplete folder, because the run itself reports it. */
async function folderFingerprint(read: ReadFile, dtype: Dtype): Promise<ModelFingerprint | null> {
  const fingerprint = new FolderFingerprint()
  const has = async (path: string): Promise<boolean> => {
    const bytes = await read(path)
    if (bytes !== null) await fingerprint.add(path, bytes)
    return bytes !== null
  }
  for (const path of REQUIRED_FILES) if (!(await has(path))) return null
  for (const path of OPTIONAL_FILES) await has(path)
  let model: string | undefined
  for (const path of MODEL_FILES[dtype]) if (model === undefined && (await has(path))) model = path
  if (model === undefined) return null
  for (const path of dataFiles(model)) if (!(await has(path))) break
  return { print: fingerprint.hex().slice(0, DIGITS), bytes: fingerprint.bytes }
}
