/** Colloquy as a library: the output of `npm run build:lib`, in a foreign page. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECOND_STEP_DIGEST } from '../../src/cli/learn/reproduction'
import { ROOT } from '../../src/cli/site/site'
import { appears } from './appears'
import { servePlainly } from './plain_server'
import { openSite, type VisitedSite } from './visitors'

let site: VisitedSite

beforeAll(async () => {
  const env = { ...process.env, NODE_ENV: 'production' }
  execFileSync('npm', ['run', 'build:lib'], { cwd: ROOT, env, stdio: 'pipe' })
  site = await openSite(() => servePlainly(new Map(), ROOT))
})
afterAll(() => site.close())

test('the example page runs two steps of the reference run and gets its digest', async () => {
  const { page, context, troubles } = await site.visit(`${site.address}docs/example.html`)
  // The example says nothing while it loads the peers.
  await appears(page.getByText('The run has ended.'), 'visible', 120_000)
  await expect
    .poll(() => page.locator('#log').innerText())
    .toContain(`After step 2 the digest is ${SECOND_STEP_DIGEST}.`)
  expect(troubles).toEqual([])
  await context.close()
})

test('the library’s types cover every exported name', () => {
  const names = (text: string) => text.match(/\b\w+(?=[,\s]*[},])/g)
  const types = readFileSync(`${ROOT}/dist-lib/types/src/index.d.ts`, 'utf8')
  expect(types).toContain('startRun')
  expect(names(types)).toEqual(names(readFileSync(`${ROOT}/src/index.ts`, 'utf8')))
})
