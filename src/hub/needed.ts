/** Which of a model's files are wanted. */
import { DTYPES, type Dtype, MODEL_FILES } from '../model/dtypes'
import { badFile } from './context'
import type { ListedFile, Listing } from './listing'

export const REQUIRED: readonly string[] = ['config.json', 'tokenizer.json', 'tokenizer_config.json']
export const OPTIONAL: readonly string[] = ['generation_config.json', 'chat_template.jinja']

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
  const lacking = REQUIRED.filter((path) => !byPath.has(path))
  if (lacking.length > 0)
    throw badFile(
      source,
      `no ${lacking.join(', ')}`,
      `a folder with ${REQUIRED.join(', ')} and an ONNX file in onnx/`,
      'Choose a model made for transformers.js; many are at onnx-community',
    )
  const model = MODEL_FILES[dtype].find((path) => byPath.has(path))
  if (model === undefined) {
    const there = DTYPES.filter((name) => MODEL_FILES[name].some((path) => byPath.has(path)))
    throw badFile(
      source,
      there.length === 0 ? 'no ONNX file in onnx/' : `model files of dtype ${there.join(', ')}`,
      `one of dtype ${dtype}: ${MODEL_FILES[dtype].join(' or ')}`,
      'Choose another model, or one of the dtypes it has',
    )
  }
  const data = [...byPath.keys()].filter(
    (path) => path.startsWith(model) && /^[._]data(_\d+)?$/.test(path.slice(model.length)),
  )
  const paths = [...REQUIRED, ...OPTIONAL, model, ...data.sort()]
  return paths.map((path) => byPath.get(path)).filter((file) => file !== undefined)
}
