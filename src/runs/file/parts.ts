/** How a run file is made up: a ZIP archive of these parts, and a manifest that says what each of them has to be. */
import { z } from '../../schema'
import { count, sha256 } from './field'

export const CONFIG = 'config.json'
export const STATE = 'state.json'
export const EVENTS = 'events.jsonl'
export const TENSORS = 'adapters.safetensors'
export const PARTS = [CONFIG, STATE, EVENTS, TENSORS] as const
/** The last one written, since it has the hashes of the others. */
export const MANIFEST = 'manifest.json'

export const FORMAT = 'colloquy-run'
/** Counts up with every change that an older reader would read wrongly. Version 1 had no chain and no models in its state. */
export const FORMAT_VERSION = 2

/** A file name ends in it. */
export const EXTENSION = '.colloquy.zip'

/** Archives without 64-bit sizes end at 4 GiB, and browsers have no larger arrays than about two. */
export const MOST_BYTES = 2 ** 31
/** Beyond this many times the size of the file, what is in it is not unpacked. Runs come to about ten times. */
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

/** Of one part: its size, and its SHA-256 as lower-case hexadecimal digits. */
export type PartFacts = z.infer<ReturnType<typeof partSchema>>
export type Manifest = z.infer<typeof manifestSchema>
