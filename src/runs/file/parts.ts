/** Layout of a run file: a ZIP archive of these parts, and a manifest with size and hash of each. */
import { z } from '../../schema'
import { count, sha256 } from './field'

export const CONFIG = 'config.json'
export const STATE = 'state.json'
export const EVENTS = 'events.jsonl'
export const TENSORS = 'adapters.safetensors'
export const PARTS = [CONFIG, STATE, EVENTS, TENSORS] as const
/** The manifest. It is written last, because it has the hashes of the others. */
export const MANIFEST = 'manifest.json'

export const FORMAT = 'colloquy-run'
/**
 * Rises with every change that an older reader would misread. States of version 1 had no chain and no models;
 * up to version 2 they had `references`.
 */
export const FORMAT_VERSION = 3

/** End of a run file's name. */
export const EXTENSION = '.colloquy.zip'

/**
 * Maximum bytes of a run file. Archives without 64-bit sizes end at 4 GiB, and the largest arrays of browsers
 * have about 2 GiB.
 */
export const MOST_BYTES = 2 ** 31
/** Maximum ratio of unpacked size to file size; runs reach about 10. */
export const MOST_INFLATION = 100

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.int().min(1).max(FORMAT_VERSION),
  parts: z.strictObject(Object.fromEntries(PARTS.map((name) => [name, partSchema()]))),
})

function partSchema() {
  return z.strictObject({
    bytes: count.max(MOST_BYTES),
    sha256,
  })
}

/** Size of one part, and its SHA-256 as lower-case hexadecimal digits. */
export type PartFacts = z.infer<ReturnType<typeof partSchema>>
export type Manifest = z.infer<typeof manifestSchema>
