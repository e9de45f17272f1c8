import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'
import { ColloquyError } from '../../errors'
import { portableHasher } from '../../hub/hash'
import { jsonBytes, textBytes } from '../../ilr/digest_chain'
import { safetensorsPieces } from '../../model/import/safetensors'
import { adapterTensors } from './adapter_tensors'
import { eventLine } from './event_lines'
import {
  CONFIG,
  EVENTS,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST,
  type Manifest,
  MOST_BYTES,
  type PartFacts,
  STATE,
  TENSORS,
} from './parts'
import type { RunRecord } from './run_record'
import { stateJson } from './state_json'

/** The same run gives the same file, whenever it is written. */
const MOMENT = new Date(2020, 0, 1)
/** Events that are packed at a time. */
const BATCH = 64

/**
 * A run as the pieces of one file, to be written one after the other. Adapters go in as they lie in memory, without a copy:
 * they must not change before the pieces are written. Texts are packed.
 * @throws ColloquyError `limit` where it would be larger than a run file can be
 */
export function writeRunFile({ config, state, events }: RunRecord): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  const zip = new Zip((error, piece) => {
    if (error) throw error
    // No state is in memory that workers share.
    pieces.push(piece as Uint8Array<ArrayBuffer>)
  })
  const packed = (name: string) => new ZipDeflate(name, { level: 6 })
  const parts: Manifest['parts'] = {
    [CONFIG]: addPart(zip, packed(CONFIG), [jsonBytes(config)]),
    [STATE]: addPart(zip, packed(STATE), [jsonBytes(stateJson(state))]),
    [EVENTS]: addPart(zip, packed(EVENTS), eventBatches(events)),
    // Floats hardly get smaller, and slowly.
    [TENSORS]: addPart(zip, new ZipPassThrough(TENSORS), safetensorsPieces(adapterTensors(config, state))),
  }
  const bytes = Object.values(parts).reduce((sum, part) => sum + part.bytes, 0)
  if (bytes > MOST_BYTES)
    throw new ColloquyError({
      code: 'limit',
      what: 'run file',
      found: `${bytes} bytes`,
      wanted: `${MOST_BYTES} at most`,
      todo: 'Lower the rank of LoRA',
    })
  const manifest: Manifest = { format: FORMAT, version: FORMAT_VERSION, parts }
  addPart(zip, packed(MANIFEST), [jsonBytes(manifest)])
  zip.end()
  return pieces
}

function* eventBatches(events: RunRecord['events']): Iterable<Uint8Array> {
  for (let start = 0; start < events.length; start += BATCH)
    yield textBytes(
      events
        .slice(start, start + BATCH)
        .map(eventLine)
        .join(''),
    )
}

function addPart(zip: Zip, entry: ZipPassThrough | ZipDeflate, pieces: Iterable<Uint8Array>): PartFacts {
  const hash = portableHasher('sha256')
  entry.mtime = MOMENT
  zip.add(entry)
  let bytes = 0
  for (const piece of pieces) {
    hash.update(piece)
    bytes += piece.length
    entry.push(piece)
  }
  entry.push(new Uint8Array(0), true)
  return { bytes, sha256: hash.hex() }
}
