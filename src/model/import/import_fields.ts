/** Reads and checks fields of a `config.json`, and creates the errors of an import. */

import { ColloquyError } from '../../errors'

export type Fields = Readonly<Record<string, unknown>>

export function positiveInteger(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = positiveNumber(fields, field, what, fallback)
  if (!Number.isInteger(value)) throw malformedConfig(`${what}, ${field}`, `${value}`, 'a whole number')
  return value
}

/** Returns a number above 0. A missing or null field has the fallback. */
export function positiveNumber(fields: Fields, field: string, what: string, fallback?: number): number {
  const value = fields[field] ?? fallback
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw malformedConfig(`${what}, ${field}`, `${JSON.stringify(value) ?? 'nothing'}`, 'a number above 0')
  return value
}

/** Returns an object field, or null where there is none. */
export function objectField(fields: Fields, field: string): Fields | null {
  const value = fields[field]
  return typeof value === 'object' && value !== null ? (value as Fields) : null
}

/**
 * Requires full attention in every layer. `layer_types` overrides the fields of older Qwen2 and Qwen3
 * configs.
 */
export function requireFullAttention(fields: Fields, what: string): void {
  const { layer_types, use_sliding_window, sliding_window, max_window_layers, num_hidden_layers } = fields
  const found = Array.isArray(layer_types)
    ? !layer_types.every((type) => type === 'full_attention') && { layer_types }
    : use_sliding_window === true &&
      sliding_window !== null &&
      Number(num_hidden_layers) > Number(max_window_layers) && { use_sliding_window, max_window_layers }
  if (found !== false)
    throw unsupportedConfig(
      `${what}, ${Object.keys(found).join(' and ')}`,
      Object.values(found)
        .map((value) => JSON.stringify(value))
        .join(' and '),
      'full attention in every layer',
    )
}

/** Creates an error for a feature of a `config.json` that the engine lacks. */
export function unsupportedConfig(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Choose a model of a supported architecture'
  return new ColloquyError({ code: 'model-architecture', what, found, wanted, todo })
}

/** Creates an error for a field of a `config.json` that is missing or invalid. */
export function malformedConfig(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Download the model again, or correct its config.json'
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo })
}

/** Creates an error for a weight stored in a way that the importer does not read. */
export function unsupportedWeight(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Choose another dtype of this model, or a model of a supported architecture'
  return new ColloquyError({ code: 'model-architecture', what, found, wanted, todo })
}

/** Creates an error for a weight that is missing, or has another shape than `config.json` states. */
export function wrongWeight(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'Use the ONNX file that belongs to this config.json'
  return new ColloquyError({ code: 'model-file', what, found, wanted, todo })
}
