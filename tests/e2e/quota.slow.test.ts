import { type Browser, chromium, type Page } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

let server: ViteDevServer
let browser: Browser

beforeAll(async () => {
  server = await createServer({ logLevel: 'error', server: { port: 0 } })
  await server.listen()
  browser = await chromium.connect(inject('browser'))
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Opens a page with a quota of 2 MB. */
async function smallStore(): Promise<Page> {
  const page = await browser.newPage()
  const url = server.resolvedUrls?.local[0] ?? ''
  await page.goto(`${url}tests/e2e/blank.html`)
  const devtools = await page.context().newCDPSession(page)
  const quota = { origin: new URL(url).origin, quotaSize: 2_000_000 }
  await devtools.send('Storage.overrideQuotaForOrigin', quota)
  return page
}

// Each in a fresh browser context: Chromium remembers for a while how much room an origin had.
test('when the quota is used up the error says so and the old checkpoint stays intact', async () => {
  const page = await smallStore()
  const seen = await page.evaluate(async () => {
    // Uses the page's module loader, not this test's.
    const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
    const { Checkpoints }: typeof import('../../src/runs/checkpoints') =
      await load('/src/runs/checkpoints.ts')
    const { presetConfig }: typeof import('../../src/config/presets') = await load('/src/config/presets.ts')
    const state = (step: number, size: number) => {
      const layer = [Float32Array.from({ length: size }, (_, i) => Math.sqrt(i + step))]
      const ada = { updates: step, parameters: layer, firstMoments: layer, secondMoments: layer }
      const peers = { ability: { ada: 0.5 }, adapters: { ada } }
      const tokens = { numTokens: 0, trainedTokens: 0, generatedTokens: 0 }
      return { step, digest: `${step}`, ...tokens, ...peers, best: null, ended: null }
    }
    const store = await Checkpoints.open()
    const config = presetConfig('duet')
    await store.save(config, state(10, 1000), 0, [])
    const message = await store.save(config, state(20, 1_000_000), 0, []).then(
      () => 'saved',
      (error: Error) => `${error.name}: ${error.message}`,
    )
    const [run] = (await store.list()).runs
    const loaded = (await store.load(run.id)).state
    return { message, listed: run.step, loaded: loaded.step, size: loaded.adapters.ada.parameters[0].length }
  })
  expect(seen).toEqual({
    message: expect.stringMatching(
      /^ColloquyError: checkpoint of step 20: found no space left for this site/,
    ),
    listed: 10,
    loaded: 10,
    size: 1000,
  })
})

test('a run can be deleted even where there is no room to record that', async () => {
  const page = await smallStore()
  const seen = await page.evaluate(async () => {
    const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
    const { Checkpoints }: typeof import('../../src/runs/checkpoints') =
      await load('/src/runs/checkpoints.ts')
    const { presetConfig }: typeof import('../../src/config/presets') = await load('/src/config/presets.ts')
    const parameters = [Float32Array.from({ length: 375_000 }, Math.random)]
    const ada = { updates: 1, parameters, firstMoments: [], secondMoments: [] }
    const tokens = { numTokens: 0, trainedTokens: 0, generatedTokens: 0 }
    const state = { step: 1, digest: '1', ...tokens, ability: {}, best: null, ended: null }
    const store = await Checkpoints.open()
    await store.save(presetConfig('duet', { seed: 1 }), { ...state, adapters: {} }, 0, [])
    await store.save(presetConfig('duet', { seed: 2 }), { ...state, adapters: { ada } }, 0, [])
    const { id } = (await store.list()).runs[0]
    // A deletion writes as much as a rename. Repetitive data takes no space.
    const name = () =>
      Array.from({ length: 150_000 }, () => String.fromCharCode(256 + 50_000 * Math.random())).join('')
    let full = ''
    for (let time = 0; full === '' && time < 9; time++)
      await store.rename(id, name()).catch((error: Error) => {
        full = error.message
      })
    const restorable = await store.delete(id)
    const listed = (await store.list()).runs.map(({ config }) => config.seed)
    const restored = await store.restore(id).catch((error: Error) => error.message)
    return { full, restorable, listed, restored }
  })
  expect(seen).toEqual({
    full: expect.stringContaining('no space left for this site'),
    restorable: false,
    listed: [1],
    restored: expect.stringContaining('no such entry'),
  })
})
