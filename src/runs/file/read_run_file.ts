import type { RunConfig } from '../../config/config'
import { readRunConfig } from '../../config/migrations'
import { ColloquyError, clipped } from '../../errors'
import { portableHasher } from '../../hub/hash'
import { readAdapterTensors } from './adapter_tensors'
import { readArchive } from './archive'
import { checkChain } from './digest_chain'
import { readEventLines } from './event_lines'
import { checkedBy, damaged, parsedJson, utf8 } from './field'
import {
  CONFIG,
  EVENTS,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST,
  manifestSchema,
  PARTS,
  STATE,
  TENSORS,
} from './parts'
import type { RunRecord } from './run_record'
import { readStateJson } from './state_json'

/**
 * Reads a run file from anyone. All parts are checked, each for itself and against the others, before any is
 * used. Whether the adapters fit the models is not checked here, because the models are not loaded yet; the
 * peers check that.
 * @throws ColloquyError `storage`, or `config` for a setting, naming the part and the field at fault
 */
export function readRunFile(file: Uint8Array): RunRecord {
  try {
    return checkedRecord(file)
  } catch (error) {
    if (error instanceof ColloquyError) throw error
    // Most likely out of memory. On any error the file is refused.
    throw damaged('archive', '', `unreadable content (${String(error).slice(0, 100)})`, 'a run file')
  }
}

function checkedRecord(file: Uint8Array): RunRecord {
  const parts = readArchive(file, [MANIFEST, ...PARTS])
  checkManifest(parts)
  const text = (name: keyof typeof parts) => utf8(parts[name], name)
  const config = readConfig(text(CONFIG))
  const json = readStateJson(parsedJson(text(STATE), STATE), STATE, config)
  const events = readEventLines(text(EVENTS), EVENTS, config, json.step)
  checkChain(events, EVENTS, json.digest)
  const { updates: _, ...state } = json
  return { config, state: { ...state, ...readAdapterTensors(parts[TENSORS], TENSORS, config, json) }, events }
}

function checkManifest(parts: Readonly<Record<string, Uint8Array>>): void {
  const value = parsedJson(utf8(parts[MANIFEST], MANIFEST), MANIFEST)
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null
  if (typeof version === 'number' && version > FORMAT_VERSION)
    throw new ColloquyError({
      code: 'storage',
      what: `run file, ${MANIFEST}: version`,
      found: String(version),
      wanted: `${FORMAT} of version ${FORMAT_VERSION} at most`,
      todo: 'Use a newer Colloquy',
    })
  const manifest = checkedBy(manifestSchema, value, MANIFEST)
  for (const name of PARTS) {
    const wanted = manifest.parts[name]
    if (parts[name].length !== wanted.bytes)
      throw damaged(name, 'bytes', String(parts[name].length), `the ${wanted.bytes} its manifest says`)
    const hash = portableHasher('sha256')
    hash.update(parts[name])
    const found = hash.hex()
    if (found !== wanted.sha256) throw damaged(name, 'sha256', found, wanted.sha256)
  }
}

function readConfig(text: string): RunConfig {
  const value = parsedJson(text, CONFIG)
  try {
    return readRunConfig(value)
  } catch (error) {
    if (!(error instanceof ColloquyError)) throw error
    const { what, found, wanted } = error.detail
    throw damaged(CONFIG, what, clipped(found, 100), wanted)
  }
}
