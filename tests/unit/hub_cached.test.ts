import { describe, expect, test } from 'vitest'
import { deleteModel, listModels } from '../../src/hub/cached'
import { downloadModel } from '../../src/hub/download'
import { confirm } from '../../src/hub/plan'
import { readDownloaded } from '../../src/hub/read'
import { rejection } from '../failure'
import { context, DATA, download, expectWhole, hub, MODEL, plan, SIZE, server, source } from '../hub/setup'

describe('what is cached', () => {
  const url = (path: string) => `${server.url}/owner/tiny/resolve/main/${path}`
  const put = async (path: string, bytes: Uint8Array) => {
    const writer = await context.store.openPart(url(path), null)
    await writer.write(bytes)
    await writer.close()
    await context.store.finish({ url: url(path), size: bytes.length, hash: null })
  }

  test('files of other pages are checked once, used where right and reported where wrong', async () => {
    await put(MODEL, hub.files.get(MODEL) ?? Buffer.of())
    const wrong = Uint8Array.from(hub.files.get(DATA) ?? [])
    wrong[7] ^= 1
    await put(DATA, wrong)
    const made = await plan()
    expect(made.files.filter(({ cached }) => cached).map(({ path }) => path)).toEqual([MODEL])
    expect(made.notes).toEqual([
      `${DATA} in the cache is damaged or of another version, so it will be downloaded again`,
    ])
    expect((await context.store.find(url(MODEL)))?.hash).toMatch(/^sha256:/)
    await download()
    expect(hub.count(MODEL)).toBe(0)
    await expectWhole()
  })

  test('a change on the hub is seen, and the old model stays usable without consent', async () => {
    await download()
    const before = hub.files.get(DATA)
    await hub.replace(DATA, new Uint8Array(SIZE).fill(1))
    const made = await plan()
    expect(made.bytes).toBe(SIZE)
    expect(await readDownloaded(source, context.store, context.hub)(DATA)).toEqual(before)
    await downloadModel(confirm(made, made.bytes), context)
    await expectWhole()
  })

  test('a file that was cut on disk does not count as complete', async () => {
    await download()
    await put(DATA, new Uint8Array(12))
    expect((await rejection(readDownloaded(source, context.store, context.hub)(DATA))).message).toContain(
      'a model of which 40.0 kB are not downloaded',
    )
    await download()
    await expectWhole()
  })

  test('models are listed with their sizes and deleted', async () => {
    hub.script(DATA, { kind: 'drop', after: 1000 }, { kind: 'status', status: 404 })
    await rejection(download())
    const [model, ...more] = await listModels(context.store)
    expect(more).toEqual([])
    expect(model).toMatchObject({
      source: 'hub:owner/tiny',
      host: new URL(server.url).host,
      partialBytes: 1000,
    })
    const total = (await plan()).total
    expect(model.bytes).toBe(total - SIZE + 1000)
    expect(await deleteModel(model, context.store)).toBe(model.bytes)
    expect(await listModels(context.store)).toEqual([])
    expect((await plan()).bytes).toBe(total)
  })

  test('a file downloads once at a time; the lock of a dead process does not count', async () => {
    const { store } = context
    await store.exclusive(url(DATA), async () => {
      expect((await rejection(download())).message).toContain(
        `found process ${process.pid} that is downloading it`,
      )
    })
    await download()
    await expectWhole()
  })
})
