/** 10,000 hostile links; none takes a second. */
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { deflateSync } from 'fflate'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { presetConfig } from '../../src/config/presets'
import { ColloquyError } from '../../src/errors'
import { MOST_PACKED_CHARACTERS, toBase64url } from '../../src/runs/packed_text'
import { readLink, shareLink } from '../../src/runs/share_link'
import { type Payload, toPayload } from '../../src/runs/shared_run'
import { withinASecond } from './within_a_second'

const digest = 'c0ffee'.padEnd(64, '0')
const shared = {
  config: presetConfig('trio', { seed: 9, calibration: false, questionFile: 'q.jsonl' }),
  models: [{ print: 'abcdef01', bytes: 161_234 }, null, null],
  result: {
    chain: 'colloquy-1',
    steps: 3,
    digest,
    marks: [1, 2].map((step) => ({ step, begins: 'abcdef' })),
    solo: [1, 2, 3].map(() => [0.5, 0.75] as const),
  },
}
const good = shareLink('https://colloquy.example.org/', shared, {
  hide: ['metrics'],
  autostart: true,
  page: 3,
})
const payload = toPayload(shared, 120)

const reached = vi.fn(() => {
  throw new Error('reached out')
})
beforeAll(() => {
  for (const name of ['fetch', 'indexedDB', 'localStorage', 'caches', 'XMLHttpRequest'])
    vi.stubGlobal(name, new Proxy(reached, { get: reached }))
})
afterAll(() => vi.unstubAllGlobals())

/** Expects the link to open, or to be refused in a sentence that names its invalid part. */
function check(link: string, wanted: RegExp): void {
  try {
    withinASecond(() => readLink(link))
  } catch (error) {
    if (!(error instanceof ColloquyError)) throw error
    expect(error.detail.what).toMatch(wanted)
    expect(error.message.length).toBeLessThan(1500)
  }
  expect(Object.keys(Object.prototype)).toEqual([])
  expect(reached).not.toHaveBeenCalled()
}

function wrapped(json: Uint8Array): string {
  return `1${toBase64url(Uint8Array.from([...sha256(json).subarray(0, 3), ...deflateSync(json)]))}`
}

const ascii = fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code))
const edit = fc.tuple(fc.nat(good.length), fc.nat(6), fc.array(ascii, { maxLength: 6 }))

test('links that were cut, mistyped and recombined', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce(
        (link, [at, cut, added]) => link.slice(0, at) + added.join('') + link.slice(at + cut),
        good,
      )
      check(text, /^link/)
    }),
    { numRuns: 5000, seed: 1 },
  )
}, 120_000)

test('runs made of noise', () => {
  const noise = fc.uint8Array({ maxLength: 1400 })
  fc.assert(
    fc.property(noise, fc.boolean(), (bytes, right) => {
      check(`#run=${right ? wrapped(bytes) : `1${toBase64url(bytes)}`}`, /^link/)
    }),
    { numRuns: 1000, seed: 1 },
  )
}, 120_000)

/** Returns the paths of all values in a payload. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, child]) => places(child, [...path, key]))]
}

function withValue(value: unknown, [key, ...rest]: readonly string[], put: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return put
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === key ? withValue(item, rest, put) : item))
  const record = value as Readonly<Record<string, unknown>>
  return { ...record, [key]: withValue(record[key], rest, put) }
}

const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '__proto__',
    'constructor',
    'https://evil.example.org/x',
    '//evil.example.org/x',
    'javascript:alert(1)',
    '<img src=x onerror=alert(1)>',
    '../../etc/passwd',
    'C:\\secret',
    'a'.repeat(9000),
    -1,
    1e308,
    0.5,
    2 ** 53,
    null,
    [],
    {},
    JSON.parse('{"__proto__": {"polluted": 1}}'),
  ),
)
const PLACES = [
  ...places(payload),
  ['config', 'constructor'],
  ['config', 'extra'],
  ['result', 'extra'],
  ['extra'],
]

test('well-packed runs with a changed value', () => {
  const change = fc.tuple(fc.constantFrom(...PLACES), hostile)
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const value = changes.reduce<unknown>(
        (now, [path, put]) => (places(now).length > 1 ? withValue(now, path, put) : now),
        payload,
      )
      const run = wrapped(new TextEncoder().encode(JSON.stringify(value)))
      // The message names the invalid field, or the problem of the whole.
      check(`#run=${run}`, run.length > MOST_PACKED_CHARACTERS ? /^link: run/ : /^link: [\w.]+/)
    }),
    { numRuns: 4000, seed: 1 },
  )
}, 120_000)

test.each<[string, (payload: Payload) => unknown]>([
  ['link: config', ({ config: _, ...rest }) => rest],
  ['link: steps', (p) => ({ ...p, config: { ...p.config, steps: 0 } })],
  ['link: stepz', (p) => ({ ...p, config: { ...p.config, stepz: 1 } })],
  ['link: preset', (p) => ({ ...p, config: { ...p.config, preset: '__proto__' } })],
  ['link: version', (p) => ({ ...p, config: { ...p.config, version: 99 } })],
  [
    'link: peers.0.source',
    (p) => ({
      ...p,
      config: {
        ...p.config,
        peers: [
          { id: 'a', source: '../x' },
          { id: 'b', source: 'x' },
        ],
      },
    }),
  ],
  ['link: models', (p) => ({ ...p, models: [null] })],
  ['link: models.0.print', (p) => ({ ...p, models: [{ print: 'short', bytes: 1 }, null, null] })],
  ['link: result.marks', (p) => ({ ...p, result: { ...p.result, marks: 'abcdabcdabcd' } })],
  ['link: result.digest', (p) => ({ ...p, result: { ...p.result, digest: '!'.repeat(43) } })],
  ['link: result.solo', (p) => ({ ...p, result: { ...p.result, solo: [[0, 1]] } })],
  ['link: result.solo.0.1', (p) => ({ ...p, result: { ...p.result, solo: [[0, 2]] } })],
  ['link: code', (p) => ({ ...p, code: 'alert(1)' })],
])('%s is the field that is named', (what, change) => {
  const run = wrapped(new TextEncoder().encode(JSON.stringify(change(payload))))
  expect(() => readLink(`#run=${run}`)).toThrow(
    expect.objectContaining({ detail: expect.objectContaining({ what }) }),
  )
})
