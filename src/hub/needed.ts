/** Selects the files of a model that a dtype needs. */
import {
  DEFAULT_DTYPE,
  DTYPES,
  type Dtype,
  MODEL_FILES,
  OPTIONAL_FILES,
  REQUIRED_FILES,
} from '../model/import/folder_files'
import type { DtypeFiles } from '../model/import/outline'
import { badFile } from './context'
import type { ListedFile, Listing } from './store'

const MOST_DATA_FILES = 100

/** Yields the names of the data files next to a model file: `_data`, `_data_1`, … */
export function* dataFiles(model: string): Generator<string> {
  yield `${model}_data`
  for (let n = 1; n < MOST_DATA_FILES; n++) yield `${model}_data_${n}`
}

/**
 * Returns the files that a model of this `dtype` needs, small ones first.
 * @throws ColloquyError `model-file` naming the files that the model lacks
 */
export function neededFiles({ source, files }: Listing, dtype: Dtype): ListedFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const lacking = REQUIRED_FILES.filter((path) => !byPath.has(path))
  if (lacking.length > 0)
    throw badFile(
      source,
      `no ${lacking.join(', ')}`,
      `a folder with ${REQUIRED_FILES.join(', ')} and an ONNX file in onnx/`,
      'Choose a model made for transformers.js, such as those of onnx-community',
    )
  const model = modelFiles(files, dtype)
  if (model.length === 0) {
    const there = dtypesOf(files).map(({ dtype }) => dtype)
    throw badFile(
      source,
      there.length === 0 ? 'no ONNX file in onnx/' : `model files of dtype ${there.join(', ')}`,
      `one of dtype ${dtype}: ${MODEL_FILES[dtype].join(' or ')}`,
      'Choose another model, or one of the dtypes it has',
    )
  }
  const small = [...REQUIRED_FILES, ...OPTIONAL_FILES].map((path) => byPath.get(path))
  return [...small.filter((file) => file !== undefined), ...model]
}

/** Returns the model file of a dtype and its data files; empty where there is none. */
function modelFiles(files: readonly ListedFile[], dtype: Dtype): ListedFile[] {
  const model = MODEL_FILES[dtype]
    .map((path) => files.find((file) => file.path === path))
    .find((file) => file !== undefined)
  if (model === undefined) return []
  const isData = ({ path }: ListedFile) =>
    path.startsWith(model.path) && /^[._]data(_\d+)?$/.test(path.slice(model.path.length))
  return [model, ...files.filter(isData).sort((a, b) => (a.path < b.path ? -1 : 1))]
}

/** Returns the dtypes that a model has. Where one file serves several dtypes, only the first of them. */
export function dtypesOf(files: readonly ListedFile[]): DtypeFiles[] {
  const seen = new Set<string>()
  return DTYPES.flatMap((dtype) => {
    const found = modelFiles(files, dtype)
    if (found.length === 0 || seen.has(found[0].path)) return []
    seen.add(found[0].path)
    const sizes = found.map(({ size }) => size)
    return [{ dtype, bytes: sizes.reduce((sum, size) => sum + size), largest: Math.max(...sizes) }]
  })
}

/**
 * Returns the default dtype where the model has it, else its smallest one. Where it has none, returns the
 * default, and the caller reports its missing file.
 */
export function anyDtype(files: readonly ListedFile[]): Dtype {
  const there = dtypesOf(files)
  if (there.some(({ dtype }) => dtype === DEFAULT_DTYPE)) return DEFAULT_DTYPE
  const [smallest] = there.sort((a, b) => a.bytes - b.bytes)
  return smallest?.dtype ?? DEFAULT_DTYPE
}
