/**
 * Thousands of broken run files: each is refused with a message, within a second, and without side effects.
 */
import { strFromU8, strToU8 } from 'fflate'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { Stream, seedKey } from '../../src/random'
import { readEventLines } from '../../src/runs/file/event_lines'
import { readRunFile } from '../../src/runs/file/read_run_file'
import type { RunRecord } from '../../src/runs/file/run_record'
import { writeRunFile } from '../../src/runs/file/write_run_file'
import { forged, joined, PARTS, type Parts, partsOf, scriptedRecords } from './run_file_forge'
import { withinASecond } from './within_a_second'

let record: RunRecord
let file: Uint8Array
let parts: Parts
let stream: Stream

beforeAll(async () => {
  const { records } = await scriptedRecords({ steps: 2, questionsPerStep: 1, checkpointEvery: 1 })
  record = records[0]
  file = joined(writeRunFile(record))
  parts = partsOf(file)
})
beforeEach(() => {
  stream = new Stream(seedKey(6))
})

const below = (n: number) => stream.int(0, n - 1)
const pick = <T>(from: readonly T[]): T => from[below(from.length)]

/** Changes, removes, doubles or moves bytes. */
function mutated(bytes: Uint8Array): Uint8Array {
  const copy = Array.from(bytes)
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(copy.length)
    switch (below(5)) {
      case 0:
        copy[at] ^= 1 << below(8)
        break
      case 1:
        copy[at] = pick([0, 0xff, 0x22, 0x7b, 0x5b, 0x2d, 0x30])
        break
      case 2:
        copy.splice(at, 1 + below(40))
        break
      case 3:
        copy.splice(at, 0, ...copy.slice(at, at + 1 + below(40)))
        break
      default:
        copy.length = at
    }
    if (copy.length === 0) break
  }
  return Uint8Array.from(copy)
}

const STRANGE = [
  ...[
    null,
    true,
    -1,
    0.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    '',
    'x',
    '__proto__',
    '\ud800',
    '9'.repeat(300),
  ],
  ...[[], {}, [[]], { type: 'step' }, { constructor: 1 }, JSON.parse('{"__proto__":{"toString":1}}')],
  JSON.parse('['.repeat(40) + ']'.repeat(40)),
  Array.from({ length: 2000 }, () => 0),
]

/** Changes, removes or renames one value somewhere in a JSON value. */
function mutatedJson(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || below(6) === 0) return pick(STRANGE)
  const keys = Object.keys(value)
  const copy = structuredClone(value) as Record<string, unknown>
  const key = pick(keys)
  if (key === undefined || below(12) === 0) copy[pick(['extra', '__proto__', 'step', '0'])] = pick(STRANGE)
  else if (below(8) === 0) Array.isArray(copy) ? copy.splice(Number(key), 1) : delete copy[key]
  else copy[key] = mutatedJson(copy[key])
  return copy
}

const jsonPart = (bytes: Uint8Array) => strToU8(JSON.stringify(mutatedJson(JSON.parse(strFromU8(bytes)))))

function mutatedLines(bytes: Uint8Array): Uint8Array {
  const lines = strFromU8(bytes).trimEnd().split('\n')
  const at = below(lines.length)
  const kind = below(8)
  if (kind === 0) lines.splice(at, 1)
  else if (kind === 1) lines.splice(at, 0, pick(lines))
  else lines[at] = JSON.stringify(mutatedJson(JSON.parse(lines[at])))
  return strToU8(`${lines.join('\n')}\n`)
}

/** Makes a file with one changed part and matching hashes, to reach the checks after the hashes. */
function disguised(): Uint8Array {
  const name = pick(PARTS)
  const change =
    below(4) === 0 || name === 'adapters.safetensors'
      ? mutated
      : name === 'events.jsonl'
        ? mutatedLines
        : jsonPart
  return forged({ ...parts, [name]: change(parts[name]) })
}

const oddManifest = () => forged(parts, (value) => mutatedJson(value) as Record<string, unknown>)

/**
 * Reads a file. Returns the reason of its refusal, or null where it is valid. Any other error than a
 * ColloquyError is a crash.
 */
function verdictOn(bytes: Uint8Array): string | null {
  try {
    const read = withinASecond(() => readRunFile(bytes))
    // An accepted file can be written and read again.
    expect(readRunFile(joined(writeRunFile(read)))).toEqual(read)
    return null
  } catch (error) {
    if (!(error instanceof ColloquyError)) throw error
    expect(error.detail.what).toMatch(/^run file, ./)
    expect(error.message.length).toBeLessThan(2000)
    return error.detail.what
  }
}

it.each([
  ['bytes of the archive', () => mutated(file), 4000, 0.9],
  ['a manifest', oddManifest, 1500, 0.9],
  ['parts with hashes that fit', disguised, 3500, 0.6],
] as const)(
  'in %s',
  (_, make, times, share) => {
    const fields = new Set<string>()
    let refused = 0
    for (let i = 0; i < times; i++) {
      const what = verdictOn(make())
      if (what === null) continue
      refused++
      fields.add(what)
    }
    expect(refused).toBeGreaterThan(share * times)
    expect(fields.size).toBeGreaterThan(5)
    expect(Object.hasOwn(Object.prototype, 'extra') || ({} as { type?: unknown }).type).toBeFalsy()
  },
  60_000,
)

it('in lines of events', () => {
  const fields = new Set<string>()
  for (let i = 0; i < 4000; i++) {
    const text = strFromU8(mutatedLines(parts['events.jsonl']))
    try {
      withinASecond(() => readEventLines(text, 'events.jsonl', record.config, record.state.step))
    } catch (error) {
      if (!(error instanceof ColloquyError)) throw error
      fields.add(error.detail.what)
    }
  }
  expect(fields.size).toBeGreaterThan(100)
}, 60_000)
