import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { deflateSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { CONFIG_VERSION, type RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import type { ModelFingerprint } from '../../src/hub/model_fingerprint'
import { DIGEST_START } from '../../src/ilr/digest_chain'
import { HIDEABLE, LESSON_PAGES, type Lesson } from '../../src/runs/lesson'
import { MOST_JSON_BYTES, pack, toBase64url, unpack } from '../../src/runs/packed_text'
import { resultOf, type SharedResult, verdictOf } from '../../src/runs/reproduction'
import { readLink, shareLink } from '../../src/runs/share_link'
import { changedModels, fromPayload, toPayload } from '../../src/runs/shared_run'
import { failure } from '../failure'
import { anyConfig, EMBEDDED, embeddedConfig } from './arbitrary_config'

const PAGE = 'https://colloquy.example.org/lessons/'

/** Makes a result with invented digests. */
function madeUp(steps: number, peers: readonly string[]): SharedResult {
  const digest = (step: number) => bytesToHex(sha256(Uint8Array.of(step & 255, step >> 8)))
  const told = Array.from({ length: steps }, (_, i) => ({ step: i + 1, digest: digest(i + 1) }))
  const evaluation = (share: number) => ({ solo: Object.fromEntries(peers.map((peer) => [peer, share])) })
  const result = resultOf(told, [evaluation(0.5912), evaluation(0.8837)], peers)
  if (result === null) throw new Error('no result')
  return result
}

const fingerprint: fc.Arbitrary<ModelFingerprint> = fc.record({
  print: fc.stringMatching(/^[0-9a-f]{8}$/),
  bytes: fc.integer({ min: 0, max: 4e9 }),
})
const lesson: fc.Arbitrary<Lesson> = fc.record({
  hide: fc.uniqueArray(fc.constantFrom(...HIDEABLE), { maxLength: 4 }),
  autostart: fc.boolean(),
  page: fc.option(fc.integer({ min: 1, max: LESSON_PAGES.length })),
})
const NO_LESSON: Lesson = { hide: [], autostart: false, page: null }

function roundTrip(
  config: RunConfig,
  models: readonly (ModelFingerprint | null)[],
  steps: number,
  of: Lesson,
) {
  const ids = config.peers.map(({ id }) => id)
  const result = steps === 0 ? null : madeUp(steps, ids)
  const link = shareLink(PAGE, { config, models, result }, of)
  return { link, result, opened: readLink(link) }
}

describe('a link', () => {
  test('reads as shared: any configuration, models, result and lesson', () => {
    let results = 0
    const shared = fc.tuple(
      anyConfig,
      fc.array(fc.option(fingerprint), { minLength: 4, maxLength: 4 }),
      lesson,
    )
    fc.assert(
      fc.property(shared, fc.integer({ min: 0, max: 100 }), ([config, fingerprints, of], steps) => {
        const models = config.peers.map((_, i) => fingerprints[i])
        const { link, result, opened } = roundTrip(config, models, steps, of)
        expect(link.length).toBeLessThanOrEqual(2000)
        expect(link).toMatch(/^https:\/\/[\w./]+#run=1[\w-]+(&hide=[\w,]+)?(&autostart=1)?(&lesson=[1-8])?$/)
        expect(opened).toMatchObject(of)
        expect(opened?.shared?.config).toEqual(config)
        expect(opened?.shared?.models).toEqual(models)
        expect(opened?.shared?.drifted).toBe(false)
        // Marks may be left out for lack of space, but the rest of the result only after all marks.
        const kept = opened?.shared?.result
        if (result !== null && kept) {
          results++
          expect({ ...kept, marks: result.marks }).toEqual(result)
          expect(result.marks).toEqual(expect.arrayContaining([...kept.marks]))
        }
      }),
      { numRuns: 300, seed: 1 },
    )
    expect(results).toBeGreaterThan(100)
  }, 60_000)

  test('has at most 2,000 characters for every setting of every embedded preset, result included', () => {
    fc.assert(
      fc.property(embeddedConfig, fc.integer({ min: 1, max: 3000 }), (config, steps) => {
        const models = config.peers.map(() => ({ print: '09afc3b7', bytes: 161_234 }))
        const { link, result, opened } = roundTrip(config, models, steps, { ...NO_LESSON, autostart: true })
        expect(link.length).toBeLessThanOrEqual(2000)
        expect(opened?.shared?.config).toEqual(config)
        expect(opened?.shared?.result?.digest).toBe(result?.digest)
      }),
      { numRuns: 150, seed: 1 },
    )
  }, 60_000)

  test.each(EMBEDDED)(
    'to the unchanged preset %s holds little more than its name; with the result, every step’s digest',
    (name) => {
      const config = presetConfig(name)
      const models = config.peers.map(() => null)
      expect(shareLink('', { config, models, result: null }).length).toBeLessThan(120)
      const { link, opened, result } = roundTrip(config, models, config.steps, NO_LESSON)
      expect(link.length).toBeLessThan(500)
      expect(opened?.shared?.result).toEqual(result)
      expect(opened?.shared?.result?.marks).toHaveLength(config.steps - 1)
    },
  )

  test('holds only what differs from the preset', () => {
    const config = presetConfig('duet', { seed: 9, calibration: false })
    expect(toPayload({ config, models: [], result: null }, 0).config).toEqual({
      version: CONFIG_VERSION,
      preset: 'duet',
      seed: 9,
      calibration: false,
    })
  })

  test('from an earlier date stays readable', () => {
    // A link in the first version of the format. People keep links, so it must stay readable forever.
    const opened = readLink(
      '#run=1H3Fhq1ZKzs9Ly0xXsqpWKkstKs7Mz1OyMtRRKihKLU4tUbJSSikFUjpKxampKUpWlrU6SskZqcnZQImCQvMSpVoA',
    )
    expect(opened?.shared?.config).toEqual(presetConfig('duet', { seed: 9 }))
  })

  test('of an earlier version is compared neither by fingerprints, which covered fewer files, nor by digests', () => {
    const config = presetConfig('duet')
    const ids = config.peers.map(({ id }) => id)
    const payload = toPayload({ config, models: [null, null], result: madeUp(3, ids) }, 10)
    const models = ids.map(() => ({ files: '09afc3b7', bytes: 161_234 }))
    const shared = fromPayload({ ...payload, models })
    expect(shared.models).toEqual([null, null])
    const here = ids.map(() => ({ print: '12345678', bytes: 161_234 }))
    expect(changedModels(shared, here)).toEqual([])
    expect(shared.result?.chain).toBe('colloquy-1')
    const steps = [{ step: 1, digest: 'f'.repeat(64), chain: DIGEST_START }]
    expect(shared.result && verdictOf(shared.result, steps)).toEqual({ kind: 'incomparable' })
  })

  test('thins the digests of a long run evenly', () => {
    const config = presetConfig('duet', { steps: 1000 })
    const { opened } = roundTrip(config, [null, null], 1000, NO_LESSON)
    const steps = opened?.shared?.result?.marks.map(({ step }) => step) ?? []
    expect(steps.length).toBeGreaterThan(50)
    expect(new Set(steps.map((step, i) => step - (steps[i - 1] ?? 0)))).toEqual(new Set([steps[0]]))
  })

  test('that would be too long is refused, naming the longest setting', () => {
    // Makes a text that cannot be compressed.
    const noise = (from: number, length: number) =>
      Array.from({ length: 24 }, (_, i) => toBase64url(sha256(Uint8Array.of(from, i))))
        .join('')
        .slice(0, length)
    const peers = [1, 2, 3, 4].map((n) => ({ id: `p${n}`, source: `https://h/${noise(n, 380)}` }))
    const questionFile = `https://h/${noise(5, 980)}`
    const config = presetConfig('duet', { peers, questionFile })
    const error = failure(() => shareLink('https://x/', { config, models: [], result: null }))
    expect(error.detail).toMatchObject({ what: 'peers', todo: 'Shorten peers' })
  })

  test.each([
    [{ questionFile: '/home/me/questions.jsonl' }, 'questionFile'],
    [{ questionFile: '../questions.jsonl' }, 'questionFile'],
    [{ questionFile: 'a/%2E%2e/%2e./questions.jsonl' }, 'questionFile'],
    [{ questionFile: 'file:///etc/passwd' }, 'questionFile'],
    [{ questionFile: 'https://me:secret@example.org/q.jsonl' }, 'questionFile'],
    [
      {
        peers: [
          { id: 'a', source: '/models/a' },
          { id: 'b', source: 'models/b' },
        ],
      },
      'peers.0.source',
    ],
    [
      {
        peers: [
          { id: 'a', source: 'm' },
          { id: 'b\u202e', source: 'models/b' },
        ],
      },
      'peers.1.id',
    ],
  ])('to what others cannot have (%j) is refused, made and opened', (changed, what) => {
    const config = presetConfig('duet', changed)
    expect(failure(() => shareLink('', { config, models: [], result: null })).detail.what).toBe(what)
    const raw = { version: CONFIG_VERSION, preset: 'duet', ...changed }
    expect(failure(() => fromPayload({ config: raw, check: 'abcd' })).detail.what).toBe(`link: ${what}`)
  })

  test('of an earlier version is migrated; the preset supplies settings it does not name', () => {
    const chain = [
      ({ hundreds, ...rest }: Readonly<Record<string, unknown>>) => ({
        ...rest,
        steps: Number(hundreds) * 100,
      }),
    ]
    const payload = { config: { version: CONFIG_VERSION - 1, preset: 'halves', hundreds: 3 }, check: 'abcd' }
    const { config, drifted } = fromPayload(payload, chain)
    expect(config).toEqual(presetConfig('halves', { steps: 300 }))
    expect(drifted).toBe(true)
  })

  test('notices that presets have changed since', () => {
    const payload = toPayload({ config: presetConfig('duet'), models: [], result: null }, 0)
    expect(fromPayload(payload).drifted).toBe(false)
    expect(fromPayload({ ...payload, config: { ...payload.config, evalSize: 99 } }).drifted).toBe(true)
  })
})

describe('the text after #', () => {
  const run = pack(toPayload({ config: presetConfig('duet'), models: [], result: null }, 0))
  test('of other pages, or none, is ignored', () => {
    for (const link of ['', PAGE, `${PAGE}#`, `${PAGE}#top`, '#running=1']) expect(readLink(link)).toBeNull()
  })
  test('has one name for each thing it hides', () => {
    expect(new Set(HIDEABLE).size).toBe(HIDEABLE.length)
  })
  test('may hide panels without a run', () => {
    expect(readLink('#hide=metrics,learningRate')).toEqual({
      ...NO_LESSON,
      hide: ['metrics', 'learningRate'],
      shared: null,
    })
    expect(readLink('#hide=metrics%2Cseed')?.hide).toEqual(['metrics', 'seed'])
  })
  test('may open the lesson, with a run and without', () => {
    expect(readLink('#lesson=3')).toEqual({ ...NO_LESSON, page: 3, shared: null })
    expect(readLink(`${PAGE}#lesson=8&hide=more&run=${run}`)).toMatchObject({
      page: 8,
      hide: ['more'],
      shared: { config: presetConfig('duet') },
    })
  })
  const wrong: Readonly<Record<string, [link: string, what: string]>> = {
    'a run twice': [`#run=${run}&run=${run}`, 'link: run'],
    'hiding what cannot be hidden': [`#run=${run}&hide=metrics,consent`, 'link: hide'],
    'far too much': [`#run=${run}&hide=`.padEnd(5000, 'x'), 'link'],
    'a switch that is none': [`#run=${run}&autostart=yes`, 'link: autostart'],
    'a page before the first': ['#lesson=0', 'link: lesson'],
    'a page behind the last': [`#run=${run}&lesson=9`, 'link: lesson'],
    'a page with a name': ['#lesson=advantage', 'link: lesson'],
    'no page': ['#lesson=', 'link: lesson'],
    'half a page': ['#lesson=1.5', 'link: lesson'],
    'a part that is unknown': [`#run=${run}&start=1`, 'link'],
    'a run without its last character': [`#run=${run.slice(0, -1)}`, 'link: run'],
    'half a run': [`#run=${run.slice(0, 20)}`, 'link: run'],
    'no run': ['#run=', 'link: run'],
    'a run of another format': [`#run=2${run.slice(1)}`, 'link: run'],
    'a run and more': [`#run=${run}`.padEnd(2100, 'A'), 'link: run'],
    'a mistyped run': [`#run=${run.slice(0, 10)}${run[10] === 'A' ? 'B' : 'A'}${run.slice(11)}`, 'link: run'],
  }
  test.each(Object.keys(wrong))('%s is refused, naming its part', (name) => {
    const [link, what] = wrong[name]
    expect(failure(() => readLink(link)).detail.what).toBe(what)
  })
})

/** Packs any JSON correctly. */
function packedBytes(json: Uint8Array): string {
  const deflated = deflateSync(json, { level: 9 })
  return `1${toBase64url(Uint8Array.from([...sha256(json).subarray(0, 3), ...deflated]))}`
}

describe('a packed value from someone else', () => {
  test('is not unpacked beyond the maximum size', () => {
    const bomb = packedBytes(new Uint8Array(1_300_000))
    expect(bomb.length).toBeLessThanOrEqual(2000)
    expect(failure(() => unpack(bomb, 'run')).detail.found).toBe(
      `more than ${MOST_JSON_BYTES} bytes when unpacked`,
    )
  })
  test('is refused when nested deeply', () => {
    const deep = new TextEncoder().encode(`${'['.repeat(8000)}${']'.repeat(8000)}`)
    expect(failure(() => unpack(packedBytes(deep), 'run')).detail.found).toBe('something other than a run')
  })
})
