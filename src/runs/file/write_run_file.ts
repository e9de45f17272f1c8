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

/** Fixed time of all entries, so that the same run always gives the same file. */
const MOMENT = new Date(2020, 0, 1)
/** Events packed at a time. */
const BATCH = 64

/**
 * Returns a run as the pieces of one file, to be written in order. Texts are compressed. Adapters are not
 * copied, so they must not change before the pieces are written.
 * @throws ColloquyError `limit` where the file would exceed `MOST_BYTES`
 */
export function writeRunFile({ config, state, events }: RunRecord): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  const zip = new Zip((error, piece) => {
    if (error) throw error
    // The cast is safe: no state lies in shared memory.
    pieces.push(piece as Uint8Array<ArrayBuffer>)
  })
  const packed = (name: string) => new ZipDeflate(name, { level: 6 })
  const parts: Manifest['parts'] = {
    [CONFIG]: addPart(zip, packed(CONFIG), [jsonBytes(config)]),
    [STATE]: addPart(zip, packed(STATE), [jsonBytes(stateJson(state))]),
    [EVENTS]: addPart(zip, packed(EVENTS), eventBatches(events)),
    // Compressing floats is slow and saves little.
    [TENSORS]: addPart(zip, new ZipPassThrough(TENSORS), safetensorsPieces(adapterTensors(config, state))),
  }
  const bytes = Object.values(parts).reduce((sum, part) => sum + part.bytes, 0)
  if (bytes > MOST_BYTES)
    throw new ColloquyError({
      code: 'limit',
      what: 'run file',
      found: `${bytes} bytes`,
      wanted: `${MOST_BYTES} at most`,
      todo: 'Lower loraRank',
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
