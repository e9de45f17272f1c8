import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFixture } from '../fixtures'
import { learn } from './learn_command'

const folder = mkdtempSync(join(tmpdir(), 'colloquy-families-'))
let server: Server
let address: string

/** A plain classroom server, which serves only folders. */
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

async function run(name: string): Promise<{ err: string; lines: Record<string, unknown>[] }> {
  const json = join(folder, name)
  const sizes = '--steps 1 --questions 1 --group 2 --eval-size 1 --ability-questions 1'.split(' ')
  const models = ['--peers', `${address}/llama,${address}/qwen`, '--yes', '--cache', join(folder, 'cache')]
  const { status, err } = await learn([...sizes, ...models, '--json', json])
  if (status !== 0) throw new Error(err)
  const lines = readFileSync(json, 'utf8').trimEnd().split('\n')
  return { err, lines: lines.map((line) => JSON.parse(line)) }
}

test('two model families with different tokenizers discuss and learn; downloaded, they need no server', async () => {
  const first = await run('first.jsonl')
  expect(first.err).toMatch(/download .* from 127\.0\.0\.1/)
  const exchange = first.lines.find(({ type }) => type === 'exchange')
  expect(JSON.stringify(exchange)).toContain('"llama"')
  expect(JSON.stringify(exchange)).toContain('"qwen"')
  const done = first.lines.at(-1)
  expect(done).toMatchObject({ type: 'done', steps: 1 })
  expect(done?.digest).toMatch(/^[0-9a-f]{64}$/)
  await new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  const again = await run('again.jsonl')
  expect(again.lines.at(-1)?.digest).toBe(done?.digest)
})
