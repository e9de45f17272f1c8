/** Writes run files from the format's description in docs/exports.md, so that tests can damage them. */
import { createHash } from 'node:crypto'
import { strToU8, unzipSync, zipSync } from 'fflate'
import type { RunRecord } from '../../src/runs/file/run_record'
import { keptEvents } from '../../src/runs/file/run_record'
import { eventsOf, scriptedRun, tinyConfig } from './ilr_scripted'

export type Parts = Record<string, Uint8Array>

export const PARTS = ['config.json', 'state.json', 'events.jsonl', 'adapters.safetensors']

/** Runs scripted peers to the end, and returns the records of their checkpoints except that of step 1. */
export async function scriptedRecords(settings: Parameters<typeof tinyConfig>[0] = {}) {
  const config = tinyConfig(settings)
  const { run, saved, kept } = scriptedRun(config)
  const events = await eventsOf(run)
  const records = saved.map((state, i): RunRecord => {
    return { config, state, events: keptEvents(kept.slice(0, i + 1).flat()) }
  })
  return { config, events, records: records.slice(1) }
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces))
}

export const partsOf = (file: Uint8Array): Parts => unzipSync(file)

/** Makes a file of these parts with a matching manifest. */
export function forged(parts: Parts, manifest: (value: Record<string, unknown>) => unknown = (v) => v) {
  const facts = Object.fromEntries(
    PARTS.filter((name) => name in parts).map((name) => [
      name,
      { bytes: parts[name].length, sha256: createHash('sha256').update(parts[name]).digest('hex') },
    ]),
  )
  const text = JSON.stringify(manifest({ format: 'colloquy-run', version: 3, parts: facts }))
  return zipSync({ ...parts, 'manifest.json': strToU8(text) }, { level: 0 })
}
