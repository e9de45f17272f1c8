/** A run needs nothing that the Content-Security-Policy stops, in a real Chromium. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT, serveBuild } from '../../src/cli/site/site'
import { appears } from './appears'
import { servePlainly } from './plain_server'
import { reportsTo, violations, watchViolations } from './policy_violations'
import { button, linkTo, openSite, quickRun, type VisitedSite } from './visitors'

const LINK = linkTo(quickRun({ steps: 1 }))
const DIST = join(ROOT, 'dist')

let ours: VisitedSite
let plain: VisitedSite
/** Reports of browsers to our server. */
const reports: string[] = []

beforeAll(async () => {
  ours = await openSite(() => serveBuild(0, { plugins: [reportsTo(reports)] }))
  plain = await openSite(() => servePlainly())
})
afterAll(async () => {
  await ours?.close()
  await plain?.close()
})

async function learn(page: Page): Promise<void> {
  await button(page, 'Start the shared run').click()
  await appears(page.getByText(/^Done: 1 step/))
}

test('a run stays within the policy of our server, in the page and its workers', async () => {
  const { context, page, troubles } = await ours.visit(`${ours.address}${LINK}`, watchViolations)
  await learn(page)
  expect(await judged(page)).toEqual({ loaded: true, returned: [42] })
  expect({ page: await violations(page), reports, troubles }).toEqual({ page: [], reports: [], troubles: [] })
  const headers = (await page.request.get(ours.address)).headers()
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  await context.close()
})

/** Returns the verdict of the page's code judge, in its own worker, on a program. */
function judged(page: Page) {
  const script = readdirSync(join(DIST, 'assets')).find((name) => /^judge\.worker.*\.js$/.test(name))
  // Calls it like comlink.
  return page.evaluate(async (url) => {
    const worker = new Worker(url, { type: 'module' })
    const answer = (matches: (data: Record<string, unknown>) => boolean) =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        worker.addEventListener('error', reject)
        worker.addEventListener('message', ({ data }) => matches(data) && resolve(data))
      })
    const call = (id: string, name: string, ...values: unknown[]) => {
      const returned = answer((data) => data.id === id)
      const argumentList = values.map((value) => ({ type: 'RAW', value }))
      worker.postMessage({ id, type: 'APPLY', path: [name], argumentList })
      return returned
    }
    await answer(({ colloquy }) => colloquy === 'ready')
    await call('1', 'load')
    const program = { source: 'function f(x) { return x + 1 }', name: 'f', calls: [[41]] }
    const { value } = await call('2', 'execute', program)
    worker.terminate()
    return value
  }, `./assets/${script}`)
}

test('a run stays within the page’s own policy, from a server without headers', async () => {
  const { context, page, troubles } = await plain.visit(`${plain.address}${LINK}`, watchViolations)
  await learn(page)
  expect({ page: await violations(page), troubles }).toEqual({ page: [], troubles: [] })
  await context.close()
})
