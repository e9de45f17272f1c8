import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFixture } from '../fixtures'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-families-'))
let server: Server
let address: string

/** A plain server in a classroom: folders, nothing else. */
beforeAll(async () => {
  const folders = new Map([
    ['llama', await buildFixture({ model: 'smollm2-135m', family: 'builder', dtype: 'q4' })],
    ['qwen', await buildFixture({ model: 'qwen2.5-0.5b', family: 'optimum', dtype: 'q4' })],
  ])
  server = createServer(({ url = '', method }, response) => {
    const [, name, ...path] = url.split('/')
    const bytes = folders.get(name)?.get(path.join('/'))
    response.writeHead(bytes ? 200 : 404, { 'Content-Length': bytes?.length ?? 0 })
    response.end(method === 'HEAD' ? undefined : bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new TypeError('the server has no port')
  address = `http://127.0.0.1:${bound.port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

function learn(name: string): Promise<{ err: string; lines: Record<string, unknown>[] }> {
  const json = join(folder, name)
  const sizes = [
    '--steps',
    '1',
    '--questions',
    '2',
    '--group',
    '2',
    '--eval-size',
    '2',
    '--ability-questions',
    '2',
  ]
  const models = ['--peers', `${address}/llama,${address}/qwen`, '--yes', '--cache', join(folder, 'cache')]
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['node_modules/tsx/dist/cli.mjs', 'src/cli/learn.ts', ...sizes, ...models, '--json', json],
      { env: { ...process.env, NODE_ENV: 'production' } },
      (error, _, err) => {
        if (error) reject(new Error(err))
        else
          resolve({
            err,
            lines: readFileSync(json, 'utf8')
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line)),
          })
      },
    )
  })
}

test('two families with tokenizers of their own discuss and learn; once downloaded they need no server', async () => {
  const first = await learn('first.jsonl')
  expect(first.err).toMatch(/download .* from 127\.0\.0\.1/)
  const exchange = first.lines.find(({ type }) => type === 'exchange')
  expect(JSON.stringify(exchange)).toContain('"llama"')
  expect(JSON.stringify(exchange)).toContain('"qwen"')
  const done = first.lines.at(-1)
  expect(done).toMatchObject({ type: 'done', steps: 1 })
  expect(done?.digest).toMatch(/^[0-9a-f]{64}$/)
  await new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  const again = await learn('again.jsonl')
  expect(again.lines.at(-1)?.digest).toBe(done?.digest)
}, 400_000)
