/** Pages of other sites that show the page in a frame. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Frame, Page } from 'playwright'
import { expect } from 'vitest'
import { ROOT } from '../../src/cli/site/site'

export interface Blog {
  /** Address at 127.0.0.1, which is another site than localhost: Chromium denies its frames all storage. */
  readonly far: string
  /** Address at localhost, like the page: another origin, but its frames may store data. */
  readonly near: string
  /** Shows this address in the frame from now on; with `isolated`, as an isolated page. */
  shows(address: string, isolated?: boolean): void
  close(): void
}

/** Serves the example of the docs. */
export async function openBlog(): Promise<Blog> {
  const example = readFileSync(join(ROOT, 'docs/embed-example.html'), 'utf8')
  const own = 'http://localhost:4173/embed.html'
  expect(example).toContain(own)
  let [article, isolation]: [string, Record<string, string>] = ['', {}]
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...isolation })
    response.end(article)
  })
  await new Promise<void>((listening) => server.listen(0, listening))
  const { port } = server.address() as AddressInfo
  return {
    far: `http://127.0.0.1:${port}/`,
    near: `http://localhost:${port}/`,
    shows(address, isolated = false) {
      article = example.replace(own, address)
      isolation = isolated ? ISOLATED : {}
    },
    close: () => server.close(),
  }
}

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export async function framed(page: Page): Promise<Frame> {
  const frame = await (await page.locator('iframe').elementHandle())?.contentFrame()
  if (!frame) throw new Error('the page has no frame')
  return frame
}
