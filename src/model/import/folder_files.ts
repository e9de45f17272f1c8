import { ColloquyError } from '../../errors'
import { familyOf } from '../families/families'
import type { ModelConfig } from './config'

/** The small files of a model folder. All code that reads, lists or downloads a folder uses these lists. */
export const REQUIRED_FILES: readonly string[] = ['config.json', 'tokenizer.json', 'tokenizer_config.json']
export const OPTIONAL_FILES: readonly string[] = ['generation_config.json', 'chat_template.jinja']

/**
 * Reads a file by its path within the folder. Returns null where the folder has no such file. Every other
 * failure rejects with ColloquyError: an unreadable file is not a missing one.
 */
export type ReadFile = (path: string) => Promise<Uint8Array | null>

/** Reads a file that the folder must have. @throws ColloquyError `model-file` where it is missing */
export async function requiredFile(read: ReadFile, folder: string, path: string): Promise<Uint8Array> {
  const bytes = await read(path)
  if (bytes !== null) return bytes
  throw new ColloquyError({
    code: 'model-file',
    what: `${folder}/${path}`,
    found: 'no such file',
    wanted: 'a model file',
    todo: 'Check the name of the model folder and that it is complete',
  })
}

/** Storage types of a model file's weights, named as in transformers.js. */

export const DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16'] as const
export type Dtype = (typeof DTYPES)[number]

/** Files of each dtype. The first one that exists is read. */
export const MODEL_FILES: Readonly<Record<Dtype, readonly string[]>> = {
  fp32: ['onnx/model.onnx'],
  fp16: ['onnx/model_fp16.onnx'],
  q8: ['onnx/model_quantized.onnx', 'onnx/model_int8.onnx'],
  int8: ['onnx/model_int8.onnx', 'onnx/model_quantized.onnx'],
  uint8: ['onnx/model_uint8.onnx', 'onnx/model_quantized.onnx'],
  q4: ['onnx/model_q4.onnx'],
  q4f16: ['onnx/model_q4f16.onnx'],
}

/**
 * Returns whether layers may compute in f16 on a device that can. As in transformers.js' file names, `q4` is
 * four bits with f32 activations and `q4f16` with f16. Without a choice the faster one is used. Some families
 * need f32 in any case.
 */
export function allowsF16(dtype: Dtype | undefined, config: Pick<ModelConfig, 'modelType'>): boolean {
  return !familyOf(config).needsF32 && (dtype === undefined || dtype.endsWith('16'))
}

/** Blocks of 32 in four bits: an eighth of the size of fp32, and every device can compute with them. */
export const DEFAULT_DTYPE: Dtype = 'q4'
