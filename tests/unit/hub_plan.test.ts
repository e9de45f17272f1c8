import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type DownloadProgress, downloadModel } from '../../src/hub/download'
import { confirm, knownPlan, planDownload, planQuestion } from '../../src/hub/plan'
import { readDownloaded } from '../../src/hub/read'
import { hostOf, parseSource } from '../../src/hub/source'
import { rejection } from '../failure'
import { FakeHub, tinyFiles } from '../hub/fake_hub'
import {
  change,
  changeHub,
  context,
  DATA,
  download,
  hub,
  LOOKED_UP,
  NEEDED,
  plan,
  SIZE,
  server,
  source,
  ticking,
} from '../hub/setup'

test('a plan names the needed files with size and hash before a download', async () => {
  const made = await plan()
  expect(made.files.map(({ path }) => path)).toEqual(NEEDED)
  const total = NEEDED.reduce((sum, path) => sum + (hub.files.get(path)?.length ?? 0), 0)
  expect([made.bytes, made.total]).toEqual([total, total])
  const sha256 = createHash('sha256')
    .update(hub.files.get(DATA) ?? '')
    .digest('hex')
  expect(made.files.at(-1)).toMatchObject({ path: DATA, size: SIZE, hash: `sha256:${sha256}`, cached: false })
  expect(made.files[0].hash).toMatch(/^git:[0-9a-f]{40}$/)
  expect(planQuestion(made)).toBe(
    `hub:owner/tiny: download 54.1 kB (6 files) from ${new URL(server.url).host}?`,
  )
  expect(hub.seen.map(({ path }) => path)).toEqual(LOOKED_UP)
})

test('a listing of several pages is read completely, and a page elsewhere is not followed', async () => {
  await changeHub(await FakeHub.open(tinyFiles(), { pageSize: 2 }))
  expect((await plan()).files).toHaveLength(6)
  const seen: string[] = []
  const astray = {
    ...context,
    fetch: async (url: string) => {
      seen.push(url)
      return new Response('[]', { headers: { link: '<https://evil.example/x>; rel="next"' } })
    },
  }
  await rejection(planDownload(source, astray, hostOf(source, context.hub)))
  expect(seen).toHaveLength(1)
})

test('downloads, reports progress, and then needs no server', async () => {
  const reports: DownloadProgress[] = []
  // A real connection would deliver everything at once.
  change({ fetch: hub.fetch, now: ticking(50) })
  await download((progress) => reports.push(progress))
  const last = reports.at(-1)
  expect(last).toMatchObject({
    path: DATA,
    bytes: SIZE,
    total: SIZE,
    secondsLeft: 0,
    modelSecondsLeft: 0,
    waiting: null,
  })
  expect(last?.modelBytes).toBe(last?.modelTotal)
  const middle = reports.filter(({ path, bytes }) => path === DATA && bytes > 0 && bytes < SIZE)
  expect(middle.length).toBeGreaterThan(3)
  for (const { speed, secondsLeft, bytes } of middle) {
    expect(speed).toBeGreaterThan(0)
    expect(secondsLeft).toBeCloseTo((SIZE - bytes) / (speed ?? 1), 6)
  }
  await server.close()
  const read = readDownloaded(source, context.store, context.hub)
  expect(await read(DATA)).toEqual(hub.files.get(DATA))
  expect((await knownPlan(source, context))?.bytes).toBe(0)
  expect(await read('onnx/model_q8.onnx')).toBeNull()
})

describe('without consent', () => {
  test('no host is contacted', async () => {
    expect((await rejection(planDownload(source, context, ''))).message).toContain(
      'wanted consent to contact 127.0.0.1',
    )
    expect(hub.seen).toEqual([])
  })
  test('nothing is read, and the refusal names the size once known', async () => {
    const read = readDownloaded(source, context.store, context.hub)
    const unknown = await rejection(read('config.json'))
    expect(unknown.code).toBe('download')
    expect(unknown.message).toContain('whose size is unknown')
    await plan()
    const known = await rejection(readDownloaded(source, context.store, context.hub)('config.json'))
    expect(known.message).toContain(
      'found a model of which 54.1 kB are not downloaded, wanted consent to download 54.1 kB',
    )
    expect(hub.seen.map(({ path }) => path)).toEqual(LOOKED_UP)
  })
  test('nothing is downloaded, nor by consent to another size', async () => {
    const made = await plan()
    // @ts-expect-error a plan without consent
    expect((await rejection(downloadModel(made, context))).message).toContain('wanted consent to 54.1 kB')
    expect(() => confirm(made, made.bytes - 1)).toThrow('found consent to 54.1 kB')
    expect(() => confirm({ ...made, room: 100 }, made.bytes)).toThrow(
      'found room for 100 bytes, wanted room for 54.1 kB',
    )
    expect(hub.seen.map(({ path }) => path)).toEqual(LOOKED_UP)
  })
})

test('a folder on a plain server is a model without hashes', async () => {
  const plain = parseSource(`${server.url}/owner/tiny/resolve/main`)
  if (plain.kind !== 'url') throw new TypeError(plain.kind)
  const made = await plan(plain)
  expect(made.files.map(({ path }) => path)).toEqual(NEEDED)
  expect(hub.count('config.json', 'HEAD')).toBe(1)
  await downloadModel(confirm(made, made.bytes), context)
  expect(await readDownloaded(plain, context.store)(DATA)).toEqual(hub.files.get(DATA))
})
