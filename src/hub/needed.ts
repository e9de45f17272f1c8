/** Which of a model's files are wanted. */
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

/** Names that the data files next to a model file have: `_data`, `_data_1`, … */
export function* dataFiles(model: string): Generator<string> {
  yield `${model}_data`
  for (let n = 1; n < MOST_DATA_FILES; n++) yield `${model}_data_${n}`
}

/**
 * The files that loading a model as `dtype` reads, small ones first.
 * @throws ColloquyError `model-file` naming what the model lacks
 */
export function neededFiles({ source, files }: Listing, dtype: Dtype): ListedFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const lacking = REQUIRED_FILES.filter((path) => !byPath.has(path))
  if (lacking.length > 0)
    throw badFile(
      source,
      `no ${lacking.join(', ')}`,
      `a folder with ${REQUIRED_FILES.join(', ')} and an ONNX file in onnx/`,
      'Choose a model made for transformers.js; many are at onnx-community',
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

/** The model file of a dtype and its data files; none where there is none. */
function modelFiles(files: readonly ListedFile[], dtype: Dtype): ListedFile[] {
  const model = MODEL_FILES[dtype]
    .map((path) => files.find((file) => file.path === path))
    .find((file) => file !== undefined)
  if (model === undefined) return []
  const isData = ({ path }: ListedFile) =>
    path.startsWith(model.path) && /^[._]data(_\d+)?$/.test(path.slice(model.path.length))
  return [model, ...files.filter(isData).sort((a, b) => (a.path < b.path ? -1 : 1))]
}

/** The dtypes that a model has. Of those that one file stands for, the first. */
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

/** The usual dtype where a model has it, else the smallest it has; the usual one, which will be missed, where it has none. */
export function anyDtype(files: readonly ListedFile[]): Dtype {
  const there = dtypesOf(files)
  if (there.some(({ dtype }) => dtype === DEFAULT_DTYPE)) return DEFAULT_DTYPE
  const [smallest] = there.sort((a, b) => a.bytes - b.bytes)
  return smallest?.dtype ?? DEFAULT_DTYPE
}
