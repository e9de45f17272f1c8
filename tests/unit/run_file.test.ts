import { strFromU8, strToU8, zipSync } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { DIGEST_START } from '../../src/ilr/digest_chain'
import { loadBase } from '../../src/model/base'
import { modelInArrays } from '../../src/model/weights/weight_source'
import { readRunFile } from '../../src/runs/file/read_run_file'
import type { RunRecord } from '../../src/runs/file/run_record'
import { writeRunFile } from '../../src/runs/file/write_run_file'
import { failure } from '../failure'
import { randomWeights, smallConfig } from '../reference/small_model'
import { eventsOf, ofType, scriptedRun } from './ilr_scripted'
import { forged, joined, type Parts, partsOf, scriptedRecords } from './run_file_forge'

let made: Awaited<ReturnType<typeof scriptedRecords>>
let record: RunRecord
let file: Uint8Array
let parts: Parts

beforeAll(async () => {
  made = await scriptedRecords({ loadBestModelAtEnd: true, evalMethods: ['idea3', 'sampled', 'vote', 'ood'] })
  record = made.records[0]
  file = joined(writeRunFile(record))
  parts = partsOf(file)
})

/** Returns the message for a file with one changed part. */
function refusal(name: string, change: (text: string) => string): string {
  return failure(() => readRunFile(forged({ ...parts, [name]: strToU8(change(strFromU8(parts[name]))) })))
    .message
}
const json =
  (change: (value: Record<string, never> & { [field: string]: unknown }) => void) => (text: string) => {
    const value = JSON.parse(text)
    change(value)
    return JSON.stringify(value)
  }

describe('a run file', () => {
  it('reads as written, bit for bit, and is the same file every time', () => {
    for (const each of made.records) {
      const written = joined(writeRunFile(each))
      expect(readRunFile(written)).toEqual(each)
      expect(joined(writeRunFile(readRunFile(written)))).toEqual(written)
    }
    expect(made.records[0].state.best?.adapters).not.toBeNull()
  })

  it('of version 1, which had no chain and no models, is read', () => {
    const unnamed = ({ chain: _, models: __, ...rest }: Record<string, unknown>) => rest
    const older = {
      ...parts,
      'state.json': strToU8(JSON.stringify(unnamed(JSON.parse(strFromU8(parts['state.json']))))),
      'events.jsonl': strToU8(strFromU8(parts['events.jsonl']).replaceAll(`,"chain":"${DIGEST_START}"`, '')),
    }
    const { state, events } = readRunFile(forged(older, (manifest) => ({ ...manifest, version: 1 })))
    expect([state.chain, state.models]).toEqual([undefined, undefined])
    expect(state.digest).toBe(record.state.digest)
    expect(events.some((event) => 'chain' in event)).toBe(false)
  })

  it('of version 2, whose state had references, is read without them', () => {
    const references = {
      ada: { sampled: ['NaN', 0.3], greedy: ['Infinity'] },
      bo: { sampled: [], greedy: [0.5] },
    }
    const older = {
      ...parts,
      'state.json': strToU8(json((v) => Object.assign(v, { references }))(strFromU8(parts['state.json']))),
    }
    const read = readRunFile(forged(older, (manifest) => ({ ...manifest, version: 2 })))
    expect(read).toEqual(record)
    expect(joined(writeRunFile(read))).toEqual(file)
  })

  it('resumes to the digest of the undisturbed run', async () => {
    const { config, state } = readRunFile(file)
    expect(state.step).toBe(2)
    const rest = ofType(await eventsOf(scriptedRun(config, {}, state).run), 'done')
    expect(rest[0].digest).toBe(ofType(made.events, 'done')[0].digest)
  })

  it('follows its description, read by hand', () => {
    expect(readRunFile(forged(parts))).toEqual(record)
    expect(Object.keys(parts).sort()).toEqual([
      'adapters.safetensors',
      'config.json',
      'events.jsonl',
      'manifest.json',
      'state.json',
    ])
    expect(JSON.parse(strFromU8(parts['config.json']))).toEqual(record.config)
    const state = JSON.parse(strFromU8(parts['state.json']))
    expect(state).toMatchObject({ step: 2, digest: record.state.digest, updates: { ada: 2, bo: 2 } })
    const types = strFromU8(parts['events.jsonl']).trimEnd().split('\n')
    expect(types.map((line) => JSON.parse(line).type)).toEqual([
      ...['eval', 'exchange', 'step', 'exchange', 'step', 'eval'],
    ])
    const tensors = parts['adapters.safetensors']
    const header = JSON.parse(
      strFromU8(tensors.subarray(8, 8 + new DataView(tensors.buffer, tensors.byteOffset).getUint16(0, true))),
    )
    expect(Object.keys(header)).toContain('run.1.secondMoments.0')
    expect(Object.keys(header)).toHaveLength(1 + 2 * 2 * 3)
  })

  it('keeps readings of tests, and refuses those of an unknown peer', () => {
    const withReadings = (readings: Readonly<Record<string, Readonly<Record<string, number>>>>) =>
      record.events.map((event) => (event.type === 'eval' ? { ...event, readings } : event))
    const events = withReadings({ ada: { lose: 0.25, bags: 1 }, bo: { lose: 1, bags: 0 } })
    expect(readRunFile(joined(writeRunFile({ ...record, events }))).events).toEqual(events)
    const odd = withReadings({ ada: { lose: 1 }, cy: { lose: 1 } })
    expect(() => readRunFile(joined(writeRunFile({ ...record, events: odd })))).toThrow(/readings/)
  })

  it('of an older run without discussions is read too', () => {
    const events = record.events.filter(({ type }) => type !== 'exchange')
    expect(readRunFile(joined(writeRunFile({ ...record, events }))).events).toEqual(events)
  })

  it('of an older run with discussions without tokens and groups is read too', () => {
    const events = record.events.map((event) => {
      if (event.type !== 'exchange') return event
      const peers = Object.entries(event.exchange.peers).map(([peer, texts]) => [
        peer,
        texts.map(({ tokens, group, ...older }) => {
          expect([tokens !== undefined, group !== undefined]).toEqual([true, older.stage !== 'analyze'])
          return older
        }),
      ])
      return { ...event, exchange: { ...event.exchange, peers: Object.fromEntries(peers) } }
    })
    expect(readRunFile(joined(writeRunFile({ ...record, events }))).events).toEqual(events)
  })

  it('does not change with its source arrays', () => {
    const copy = file.slice()
    const read = readRunFile(copy)
    copy.fill(0)
    expect(read).toEqual(record)
  })
})

describe('a file that is refused', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a text', strToU8('hello, this is no archive at all')],
    ['an empty archive', zipSync({})],
    ['zeros', new Uint8Array(100_000)],
  ])('is %s', (_, bytes) => {
    expect(failure(() => readRunFile(bytes)).message).toMatch(/^run file, .*wanted/)
  })

  it('is truncated at any place', () => {
    for (let end = 0; end < file.length; end += 97)
      expect(failure(() => readRunFile(file.subarray(0, end))).code).toBe('storage')
  })

  /** Makes a valid file with one additional part of this name. */
  function named(name: string): Uint8Array {
    const stand = 'x'.repeat(name.length)
    const bytes = Buffer.from(forged({ ...parts, [stand]: strToU8('y') }))
    for (let at = bytes.indexOf(stand); at >= 0; at = bytes.indexOf(stand, at)) bytes.write(name, at)
    return bytes
  }
  it.each(['../../etc/passwd', '/config.json', 'config.json/../x', 'CONFIG.JSON', 'toString', '__proto__'])(
    'has a part %s',
    (name) => {
      const { what, wanted } = failure(() => readRunFile(named(name))).detail
      expect([what, wanted]).toEqual([`run file, "${name}"`, 'no such part'])
    },
  )

  it('has a part twice', () => {
    expect(failure(() => readRunFile(named('config.json'))).message).toContain(
      '"config.json": found two of them',
    )
  })

  it('would unpack to far more than its size', () => {
    const bomb = zipSync({ ...parts, 'events.jsonl': new Uint8Array(5_000_000) }, { level: 9 })
    expect(failure(() => readRunFile(bomb)).message).toMatch(/events.jsonl: size: found \d+ bytes unpacked/)
    // A part that claims to be small cannot become larger.
    const view = new DataView(bomb.buffer, bomb.byteOffset)
    for (let at = 0; at + 4 <= bomb.length; at++)
      if (view.getUint32(at, true) === 5_000_000) view.setUint32(at, 100, true)
    expect(failure(() => readRunFile(bomb)).message).toMatch(/found 100, wanted the \d+ its manifest says/)
  })

  it.each([
    [
      'a bit changed',
      (of: Parts) => ({ ...of, 'config.json': of['config.json'].map((b, i) => (i === 9 ? b ^ 1 : b)) }),
    ],
    ['the parts of another run', (of: Parts) => ({ ...of, 'state.json': strToU8('{}') })],
  ])('has %s', (_, change) => {
    expect(failure(() => readRunFile(zipSync(change(parts)))).message).toMatch(/its manifest says|sha256/)
  })

  it.each([
    ['version', 'found 4, wanted colloquy-run of version 3 at most. Use a newer Colloquy.', { version: 4 }],
    ['version', 'found 0', { version: 0 }],
    ['format', 'found "zip"', { format: 'zip' }],
    ['parts', 'found nothing', { parts: undefined }],
    ['extra', 'found 1, wanted no such field', { extra: 1 }],
  ])('has a manifest with another %s: %s', (field, wanted, change) => {
    const { message } = failure(() => readRunFile(forged(parts, (value) => ({ ...value, ...change }))))
    expect(message).toContain(`manifest.json: ${field}: ${wanted}`)
  })

  it('names unknown settings', () => {
    expect(
      refusal(
        'config.json',
        json((v) => Object.assign(v, { seed: -1 })),
      ),
    ).toContain('config.json: seed: found -1')
    expect(
      refusal(
        'config.json',
        json((v) => Object.assign(v, { version: 9 })),
      ),
    ).toContain('config.json: version')
    expect(refusal('config.json', () => '['.repeat(100_000))).toContain('nested too deeply')
    expect(refusal('config.json', () => '{')).toContain('config.json: found "{", wanted JSON')
    expect(
      refusal(
        'config.json',
        json((v) => Object.assign(v, { task: 'x'.repeat(1e6) })),
      ).length,
    ).toBeLessThan(400)
  })

  it.each([
    ['step', { step: 3 }, 'events.jsonl: found 2 steps, wanted the 3 steps'],
    ['step', { step: 1e9 }, "found 1000000000, wanted at most the run's 4 steps"],
    ['step', { step: 4 }, 'events.jsonl: found 2 steps, wanted the 4 steps'],
    ['due', { due: ['sleep'] }, 'state.json: due.0: found "sleep", wanted one of: ability, accuracy'],
    [
      'fingerprint',
      { models: { ada: 'abc' } },
      'state.json: models.ada: found "abc", wanted 64 hexadecimal digits',
    ],
    ['digest', { digest: 'abc' }, 'state.json: digest: found "abc", wanted 64 hexadecimal digits'],
    ['ability', { ability: { ada: 0.5 } }, 'state.json: ability.bo: found nothing'],
    ['ability', { ability: { ada: 0.5, bo: 2 } }, 'state.json: ability.bo: found 2, wanted at most 1'],
    ['a stranger', { updates: { ada: 1, bo: 1, eve: 1 } }, 'state.json: updates.eve: found a value'],
    ['ended', { ended: 'steps' }, 'state.json: ended: found steps'],
    ['best', { best: { step: 3, accuracy: 0, age: 0, updates: null } }, 'best.step: found 3'],
    ['best', { best: { step: 0, accuracy: 0, age: 0, updates: null } }, 'best.updates: found null'],
    ['the best', { best: null }, 'adapters.safetensors: best.0.parameters.0: found a tensor'],
    ['extra', { extra: {} }, 'state.json: extra: found an object, wanted no such field'],
  ])('has another %s in its state: %j', (_, change, message) => {
    expect(
      refusal(
        'state.json',
        json((value) => Object.assign(value, change)),
      ),
    ).toContain(message)
  })

  const lines = (change: (all: string[]) => string[]) => (text: string) =>
    `${change(text.trimEnd().split('\n')).join('\n')}\n`
  it.each([
    [
      'one is missing',
      (all: string[]) => all.filter((_, i) => i !== 2),
      'line 3: step: found exchange of step 2, wanted step 1',
    ],
    [
      'one comes twice',
      ([a, b, ...rest]: string[]) => [a, b, b, ...rest],
      'line 3: step: found exchange of step 1',
    ],
    [
      'they change places',
      ([a, b, c, ...rest]: string[]) => [a, c, b, ...rest],
      'line 3: step: found exchange of step 1, wanted step 2',
    ],
    ['the last ones are missing', (all: string[]) => all.slice(0, 3), 'events.jsonl: found 1 steps'],
    ['one is blank', ([a, ...rest]: string[]) => [a, '', ...rest], 'line 2: found "", wanted JSON'],
    ['one has no type', ([, ...rest]: string[]) => ['{}', ...rest], 'line 1: type: found nothing'],
    [
      'a number is a text',
      (all: string[]) => all.map((l) => l.replace('"n":10', '"n":"10"')),
      'line 1: n: found "10"',
    ],
    [
      'a metric is null',
      (all: string[]) => all.map((l) => l.replace(/"reward":[\d.]+/, '"reward":null')),
      'line 3: metrics.reward: found null',
    ],
    [
      'a token lacks its number',
      (all: string[]) => all.map((l) => l.replace(/"logprobs":\[[-\d.]+,?/, '"logprobs":[')),
      'line 2: exchange.peers.ada.0.tokens: found an object, wanted a number for every token',
    ],
    [
      'a rollout lacks its number',
      (all: string[]) => all.map((l) => l.replace(/"correct":\[\w+,/, '"correct":[')),
      'line 2: exchange.peers.ada.0.group: found an object, wanted a number for every rollout',
    ],
    [
      'a peer is a stranger',
      (all: string[]) => all.map((l) => l.replaceAll('"bo"', '"eve"')),
      'line 1: solo.bo: found nothing',
    ],
  ])('has events of which %s', (_, change, message) => {
    expect(refusal('events.jsonl', lines(change))).toContain(message)
  })

  /** Changes the run's digests, and returns the message about that. */
  const chain = (change: (digests: (string | undefined)[]) => void) => {
    const steps = record.events.filter((event) => event.type === 'step')
    const digests = steps.map(({ digest }) => digest)
    change(digests)
    const doctored = new Map(steps.map((event, i) => [event, { ...event, digest: digests[i] }]))
    const events = record.events.map((event) => (event.type === 'step' && doctored.get(event)) || event)
    return joined(writeRunFile({ ...record, events }))
  }
  it.each([
    [
      'ends in another digest than its state',
      (digests: (string | undefined)[]) => digests.splice(1, 1, 'ab'.repeat(32)),
      /events\.jsonl: digest of step 2: found abababababab…, wanted [0-9a-f]{12}…, which its state goes on from/,
    ],
    [
      'has one link twice',
      (digests: (string | undefined)[]) => digests.splice(0, 1, digests[1]),
      /events\.jsonl: digest of step 2: found the digest of step 1 again/,
    ],
    [
      'lacks a link',
      (digests: (string | undefined)[]) => digests.splice(1, 1, undefined),
      /events\.jsonl: digest of step 2: found nothing/,
    ],
  ])('has a chain of digests that %s', (_, change, message) => {
    const { code, message: said } = failure(() => readRunFile(chain(change)))
    expect([code, said]).toEqual(['storage', expect.stringMatching(message)])
  })
  it('is not one from before steps had digests', () => {
    const older = chain((digests) => digests.splice(0, 1, undefined))
    expect(readRunFile(older).state.digest).toBe(record.state.digest)
    expect(readRunFile(chain((digests) => digests.fill(undefined))).events).toHaveLength(record.events.length)
  })

  it('has a truncated last event', () => {
    expect(refusal('events.jsonl', (text) => text.slice(0, -1))).toContain('a truncated last line')
  })

  /** Replaces the adapters' header by one of equal length. */
  const header = (change: (text: string) => string) => {
    const bytes = Buffer.from(parts['adapters.safetensors'])
    const length = Number(bytes.readBigUInt64LE(0))
    const text = change(bytes.toString('utf8', 8, 8 + length))
    bytes.write(text.padEnd(length).slice(0, length), 8)
    return failure(() => readRunFile(forged({ ...parts, 'adapters.safetensors': bytes }))).message
  }
  it.each([
    ['no JSON', () => '{', 'header: found something else'],
    ['a list', () => '[]', 'header: found something else'],
    ['another type', (t: string) => t.replace('F32', 'F64'), 'run.0.parameters.0: found something else'],
    ['a gap', (t: string) => t.replace('[0,8]', '[4,8]'), 'data_offsets: found 4 to 8, wanted 0 to 8'],
    [
      'an overlap',
      (t: string) => t.replace('[8,16]', '[0, 8]'),
      'data_offsets: found 0 to 8, wanted 8 to 16',
    ],
    [
      'a huge shape',
      (t: string) => t.replace('[2]', '[9e9]').replace('"pt"', '""'),
      'wanted 0 to 36000000000',
    ],
    ['a negative shape', (t: string) => t.replace('[2]', '[-2]'), 'run.0.parameters.0: found something else'],
    ['bytes without a tensor', (t: string) => t.replace(/,"best\.1.*(?=\})/, ''), 'data: found'],
  ])('has adapters whose header has %s', (_, change, message) => {
    expect(header(change)).toContain(message)
  })
  it('has adapters with a header longer than the file', () => {
    const bytes = parts['adapters.safetensors'].slice().fill(0xff, 0, 8)
    const { message } = failure(() => readRunFile(forged({ ...parts, 'adapters.safetensors': bytes })))
    expect(message).toContain('header: found an end beyond the file')
  })

  it.each([
    [
      'infinity',
      (a: Float32Array) => a.fill(Number.POSITIVE_INFINITY),
      'run.0.secondMoments.0: found Infinity at 0',
    ],
    [
      'a negative square',
      (a: Float32Array) => a.fill(-1),
      'run.0.secondMoments.0: found a negative square at 0',
    ],
  ])('has %s among its moments', (_, change, message) => {
    const broken = structuredClone(record) as RunRecord
    change(broken.state.adapters.ada.secondMoments[0])
    expect(failure(() => readRunFile(joined(writeRunFile(broken)))).message).toContain(message)
  })

  it.each([
    ['a layer too few', { secondMoments: [] }, 'run.0.secondMoments.0: found 0 numbers, wanted 2'],
    [
      'a layer too many',
      { firstMoments: [1, 2].map(() => new Float32Array(2)) },
      'run.0.firstMoments.1: found 2 numbers, wanted 0',
    ],
    [
      'no adapter',
      { parameters: [], firstMoments: [], secondMoments: [] },
      'run.0.parameters.0: found nothing',
    ],
    [
      'another shape',
      { parameters: [new Float32Array(3)] },
      'run.0.firstMoments.0: found 2 numbers, wanted 3',
    ],
  ])('has %s', (_, change, message) => {
    const { state } = record
    const adapters = { ...state.adapters, ada: { ...state.adapters.ada, ...change } }
    const broken = joined(writeRunFile({ ...record, state: { ...state, adapters } }))
    expect(failure(() => readRunFile(broken)).message).toContain(message)
  })
})

it('a peer refuses adapters that do not fit its model, and stays unchanged', async () => {
  const config = smallConfig('llama')
  const model = modelInArrays({ config, weights: randomWeights(config, 1) })
  const base = await loadBase(model, { source: 'x', backend: 'wasm', loraRank: 2, loraAlpha: 2, threads: 1 })
  const engine = await base.engine({ id: 'a', seed: 1 })
  const state = await engine.state()
  for (const change of [
    { parameters: state.parameters.slice(1) },
    { firstMoments: state.firstMoments.map((layer) => layer.subarray(1)) },
  ])
    await expect(engine.restore({ ...state, ...change, updates: 5 })).rejects.toMatchObject({
      code: 'storage',
    })
  expect(await engine.state()).toEqual(state)
  await engine.close()
}, 60_000)
