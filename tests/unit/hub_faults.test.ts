import { describe, expect, test } from 'vitest'
import { ColloquyError } from '../../src/errors'
import { deleteModel, listModels } from '../../src/hub/cached'
import type { DownloadProgress } from '../../src/hub/download'
import { planDownload } from '../../src/hub/plan'
import { readDownloaded } from '../../src/hub/read'
import { hostOf } from '../../src/hub/source'
import { rejection } from '../failure'
import { type Fault, randomFaults } from '../hub/fake_hub'
import {
  change,
  context,
  DATA,
  download,
  expectWhole,
  hub,
  MODEL,
  plan,
  SIZE,
  server,
  source,
  ticking,
  waits,
} from '../hub/setup'

/** Stall limit in milliseconds for tests of silence. */
const SILENCE = 1000

describe('continues by itself after', () => {
  const passing: [string, Fault[], number[]][] = [
    ['a broken connection', [{ kind: 'drop', after: 15_000 }], [500]],
    [
      'two of them',
      [
        { kind: 'drop', after: 15_000 },
        { kind: 'drop', after: 10_000 },
      ],
      [500, 500],
    ],
    ['a body that ends early', [{ kind: 'end', after: 15_000 }], [500]],
    ['a connection on which nothing comes', [{ kind: 'hang', after: 15_000 }], [500]],
    ['no connection, twice', [{ kind: 'refuse' }, { kind: 'refuse' }], [500, 1000]],
    ['too many requests', [{ kind: 'status', status: 429, retryAfter: '7' }], [7000]],
    [
      'a server that is ill',
      [
        { kind: 'status', status: 500 },
        { kind: 'status', status: 503 },
      ],
      [500, 1000],
    ],
    ['a server that cannot go on', [{ kind: 'drop', after: 15_000 }, { kind: 'no-range' }], [500]],
    ['one that goes on elsewhere', [{ kind: 'drop', after: 15_000 }, { kind: 'other-range' }], [500, 1000]],
    ['another version in between', [{ kind: 'drop', after: 15_000 }, { kind: 'etag' }], [500, 1000]],
  ]
  test.each(passing)('%s', async (_, faults, expected) => {
    if (faults.some(({ kind }) => kind === 'hang')) change({ stallMilliseconds: SILENCE })
    hub.script(DATA, ...faults)
    await download()
    expect(waits).toEqual(expected)
    await expectWhole()
  })
})

test('only missing bytes are requested', async () => {
  hub.script(DATA, { kind: 'drop', after: 15_000 })
  await download()
  expect(hub.seen.filter(({ path }) => path === DATA).map(({ range }) => range)).toEqual([
    null,
    'bytes=15000-',
  ])
})

describe('ends with a message and a cache that the next try resumes from:', () => {
  const drops = Array.from({ length: 6 }, (_, n): Fault => ({ kind: 'drop', after: n === 0 ? 15_000 : 0 }))
  const six = (fault: Fault) => Array.from({ length: 6 }, () => fault)
  const cases: [string, Fault[], ColloquyError['code'], string, number][] = [
    [
      'drops without end',
      [...drops, ...drops.slice(1)],
      'download',
      'connection, 6 times in a row; the 15.0 kB that came are kept',
      15_000,
    ],
    ['no connection', six({ kind: 'refuse' }), 'download', 'no connection, 6 times in a row', 0],
    [
      '404',
      [{ kind: 'status', status: 404, code: 'EntryNotFound' }],
      'download',
      'HTTP 404 (EntryNotFound): not found',
      0,
    ],
    [
      '403',
      [{ kind: 'status', status: 403, code: 'GatedRepo' }],
      'download',
      'HTTP 403 (GatedRepo): no model has that name, or it is private or gated',
      0,
    ],
    [
      '429 for an hour',
      [
        { kind: 'drop', after: 15_000 },
        { kind: 'status', status: 429, retryAfter: '3600' },
      ],
      'download',
      'HTTP 429, with a request to wait 1 h 0 min; the 15.0 kB that came are kept',
      15_000,
    ],
    [
      '429 without end',
      six({ kind: 'status', status: 429, retryAfter: '1' }),
      'download',
      'HTTP 429, 6 times in a row',
      0,
    ],
    [
      'a wrong size',
      [{ kind: 'size', size: 39_999 }],
      'model-file',
      'found 39999 bytes, wanted 40000 bytes, as listed',
      0,
    ],
    [
      'a wrong size later',
      [
        { kind: 'drop', after: 15_000 },
        { kind: 'size', size: 50_000 },
      ],
      'model-file',
      'found 50000 bytes',
      0,
    ],
    [
      'a corrupted file',
      [{ kind: 'corrupt' }],
      'model-file',
      'damaged in transit or changed on the hub since it was listed; they were dropped',
      0,
    ],
  ]
  test.each(cases)('%s', async (_, faults, code, message, kept) => {
    hub.script(DATA, ...faults)
    const error = await rejection(download())
    expect(error.code).toBe(code)
    expect(error.message).toContain(`hub:owner/tiny/${DATA}: found `)
    // The port differs each time.
    expect(error.message.replace(/ to 127\.0\.0\.1:\d+/, '')).toContain(message)
    expect((await context.store.part(`${server.url}/owner/tiny/resolve/main/${DATA}`))?.size ?? 0).toBe(kept)
    // The rest of the model is complete, and the reader refuses the partial file.
    const read = readDownloaded(source, context.store, context.hub)
    expect(await read(MODEL)).toEqual(hub.files.get(MODEL))
    expect((await rejection(read(DATA))).code).toBe('download')
    hub.script(DATA)
    const next = await plan()
    expect(next.bytes).toBe(SIZE - kept)
    await download()
    const last = hub.seen.filter(({ path }) => path === DATA).at(-1)
    expect(last?.range).toBe(kept > 0 ? `bytes=${kept}-` : null)
    await expectWhole()
  })

  test('an unavailable listing', async () => {
    hub.script('tree', ...six({ kind: 'status', status: 502 }))
    expect((await rejection(plan())).message).toContain('hub:owner/tiny: found HTTP 502, 6 times in a row')
    expect((await rejection(plan({ ...source, id: 'owner/none' }))).message).toContain(
      'HTTP 404 (RepoNotFound)',
    )
    hub.files.delete('tokenizer.json')
    expect((await rejection(plan())).message).toContain('found no tokenizer.json')
    await hub.replace('tokenizer.json', new Uint8Array(5000))
    const other = planDownload(source, context, hostOf(source, context.hub), { dtype: 'fp16' })
    const { message } = await rejection(other)
    expect(message).toContain('found model files of dtype fp32, q4, q4f16, wanted one of dtype fp16')
  })

  test('a stop', async () => {
    const stop = new AbortController()
    change({ now: ticking(50) })
    const ended = download(({ path, bytes }) => {
      if (path === DATA && bytes >= 10_000) stop.abort(new DOMException('stopped', 'AbortError'))
    }, stop.signal)
    await expect(ended).rejects.toThrow('stopped')
    const kept = SIZE - (await plan()).bytes
    expect(kept).toBeGreaterThanOrEqual(10_000)
    await download()
    await expectWhole()
  })
})

test('after any faults in any order, retries end with the right files', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    for (const path of [DATA, 'tokenizer.json', 'config.json']) hub.script(path, ...randomFaults(seed, 6))
    for (let tries = 0; ; tries++) {
      const error = await download().then(
        () => null,
        (caught: unknown) => caught,
      )
      if (error === null) break
      expect(error).toBeInstanceOf(ColloquyError)
      expect(tries).toBeLessThan(20)
    }
    await expectWhole()
    for (const model of await listModels(context.store)) await deleteModel(model, context.store)
    expect([await context.store.files(), await context.store.parts()]).toEqual([[], []])
  }
}, 60_000)

test('a server that never answers is reported after a second try, in pages with other causes', async () => {
  hub.script('tree', ...Array.from({ length: 6 }, () => ({ kind: 'refuse' as const })))
  const inNode = await rejection(plan())
  expect(inNode.message).toMatch(
    /no connection to 127\.0\.0\.1:\d+, 2 times in a row.*Check the connection and try again\.$/,
  )
  expect(waits).toEqual([500])
  change({ needsCors: true })
  expect((await rejection(plan())).message).toContain('Access-Control-Allow-Origin')
})

test('the last bytes before a silence are reported', async () => {
  const reports: DownloadProgress[] = []
  change({ stallMilliseconds: SILENCE })
  hub.script(DATA, { kind: 'hang', after: 15_000 })
  await download((progress) => reports.push(progress))
  const silence = reports.findIndex(({ waiting }) => waiting !== null)
  expect(reports[silence - 1]).toMatchObject({ path: DATA, bytes: 15_000, waiting: null })
})
