import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { ROOT, type Site } from '../../src/cli/site/site'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/**
 * Serves a folder like the simplest server: files below a path, without our headers.
 * @param replaced texts sent instead of files of these names; may change
 */
export async function servePlainly(
  replaced: ReadonlyMap<string, string> = new Map(),
  folder = join(ROOT, 'dist'),
): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const name = url.replace(/^\/some\/path\//, '').replace(/^$/, 'index.html')
    const path = join(folder, name)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
    const text = replaced.get(name)
    if (text === undefined) createReadStream(path).pipe(response)
    else response.end(text)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { url: `http://localhost:${port}/some/path/`, close }
}
