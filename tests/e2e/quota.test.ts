import { type Browser, chromium } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browser'

let server: ViteDevServer
let browser: Browser

beforeAll(async () => {
  server = await createServer({ logLevel: 'error', server: { port: 0 } })
  await server.listen()
  browser = await chromium.launch({ executablePath: findBrowser() ?? undefined, args: [...BROWSER_FLAGS] })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

// A fresh browser context of its own: Chromium remembers for a while how much room an origin had.
test('when the quota is used up the error says so and the old checkpoint stays whole', async () => {
  const page = await browser.newPage()
  const url = server.resolvedUrls?.local[0] ?? ''
  await page.goto(`${url}tests/e2e/blank.html`)
  const devtools = await page.context().newCDPSession(page)
  const quota = { origin: new URL(url).origin, quotaSize: 2_000_000 }
  await devtools.send('Storage.overrideQuotaForOrigin', quota)
  const seen = await page.evaluate(async () => {
    // Through the page's module loader, not this test's.
    const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
    const { Checkpoints }: typeof import('../../src/runs/checkpoints') =
      await load('/src/runs/checkpoints.ts')
    const { presetConfig }: typeof import('../../src/runs/presets') = await load('/src/runs/presets.ts')
    const state = (step: number, size: number) => {
      const layer = [Float32Array.from({ length: size }, (_, i) => Math.sqrt(i + step))]
      const ada = { updates: step, parameters: layer, firstMoments: layer, secondMoments: layer }
      const peers = { ability: { ada: 0.5 }, references: {}, adapters: { ada } }
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
