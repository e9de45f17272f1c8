/** A visitor names a question file and sees what a run would read of it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { button, fillSettings, openSite, type VisitedSite } from './visitors'

const ROWS = Array.from({ length: 20 }, (_, i) => `"Body ${i}, ",What is ${i} + 1?,${i + 1} (apples)`)
const FILES: Readonly<Record<string, string>> = {
  '/class.csv': `Body,Question,Answer\n${ROWS.join('\n')}\nLast,What?,\n`,
  '/pointer.jsonl': 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 3\n',
}

let site: VisitedSite
let server: Server
let host = ''
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.end(FILES[url ?? ''])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  site = await openSite()
})
afterAll(async () => {
  await site?.close()
  server?.close()
})

test('the preview shows fields, splits and unread rows, and asks the host only when pressed', async () => {
  const { context, page, errors, outside } = await site.visit()
  await fillSettings(page, { 'Questions from': `${host}/class.csv` })
  const shown = page.locator('.settings [role=status]')
  expect(outside).toEqual([])
  await button(page, 'Show what is read').click()
  const text = () => shown.textContent()
  await expect.poll(text).toContain('CSV: 20 questions from 21 lines')
  expect(await text()).toContain('14 to learn from, 2 to check abilities, 4 for tests')
  expect(await text()).toContain('Question from Body + Question, answer from Answer (20 questions)')
  expect(await text()).toContain('line 22: "Answer" is empty')
  expect(await text()).toContain('Body 0, What is 0 + 1?\nAnswer: 1 (apples)')
  // Another file is another preview.
  await page.getByLabel('Questions from', { exact: true }).fill(`${host}/pointer.jsonl`)
  await expect.poll(text).toBe('')
  await button(page, 'Show what is read').click()
  await expect.poll(text).toContain(`${host}/pointer.jsonl: a Git LFS pointer`)
  expect(await text()).toContain('git lfs pull')
  expect([errors, outside.map((address) => new URL(address).origin === host)]).toEqual([[], [true, true]])
  await context.close()
})
