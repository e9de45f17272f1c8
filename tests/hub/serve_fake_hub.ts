import { createServer } from 'node:http'
import type { FakeHub } from './fake_hub'

/** Headers that let pages of other origins read it, like the hub's, including isolated pages. */
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': '*',
  'cross-origin-resource-policy': 'cross-origin',
}

/** Puts a fake hub on a free port of this machine; it really breaks broken connections. */
export async function serveFakeHub(hub: FakeHub): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (incoming, outgoing) => {
    const gone = new AbortController()
    outgoing.on('close', () => gone.abort())
    if (incoming.method === 'OPTIONS') {
      outgoing.writeHead(204, OPEN).end()
      return
    }
    try {
      const headers = new Headers()
      if (incoming.headers.range) headers.set('range', incoming.headers.range)
      const url = `http://${incoming.headers.host}${incoming.url}`
      const { method } = incoming
      const response = await hub.answer(new Request(url, { method, headers, signal: gone.signal }))
      outgoing.writeHead(response.status, { ...OPEN, ...Object.fromEntries(response.headers) })
      const reader = response.body?.getReader()
      while (reader) {
        const { done, value } = await reader.read()
        if (done) break
        outgoing.write(value)
      }
      outgoing.end()
    } catch {
      outgoing.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
