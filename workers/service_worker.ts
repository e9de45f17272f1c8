/**
 * Keeps the page's own files, so that it opens and learns offline, and adds the headers of cross-origin
 * isolation, which many hosts cannot send. `src/hub` keeps the hub's models. Requests to other origins, and
 * pages other than index.html, are left alone.
 */
import {
  addPlugins,
  cleanupOutdatedCaches,
  matchPrecache,
  type PrecacheEntry,
  precacheAndRoute,
} from 'workbox-precaching'
import { registerRoute } from 'workbox-routing'
import { CacheFirst } from 'workbox-strategies'
import { ISOLATION_HEADERS } from './browser/isolation'

declare const self: ServiceWorkerGlobalScope

/**
 * Asks a new version's worker to take over. It answers with the number of other tabs in the way; 0 means it
 * does.
 */
export interface TakeOver {
  readonly colloquy: 'take-over'
}

/**
 * ONNX Runtime for WebGPU: 27 MB that many devices do not need. Unlike the rest it is kept only once fetched.
 */
const ON_DEMAND = /\.asyncify\.wasm$/

/** All files of the page with their revisions; the build fills them in. */
const files = self.__WB_MANIFEST as readonly PrecacheEntry[]
const onDemand = files.filter(({ url }) => ON_DEMAND.test(url))
const { scope } = self.registration

const isolating = {
  async handlerWillRespond({ response }: { response: Response }): Promise<Response> {
    const missing = Object.entries(ISOLATION_HEADERS).filter(([name]) => !response.headers.has(name))
    if (missing.length === 0) return response
    const { status, statusText } = response
    return new Response(response.body, { status, statusText, headers: [...response.headers, ...missing] })
  },
}

/**
 * Makes the server confirm what the browser's cache holds: no large file is fetched twice, no outdated one
 * kept.
 */
const revalidating = {
  requestWillFetch: async ({ request }: { request: Request }) => new Request(request, { cache: 'no-cache' }),
}

addPlugins([isolating, revalidating])
precacheAndRoute(
  files.filter((file) => !onDemand.includes(file)),
  // Query parameters are for the page to read.
  { ignoreURLParametersMatching: [/.*/], cleanURLs: false },
)
cleanupOutdatedCaches()
// Answers HEAD with a file's size; the routes above handle only GET.
registerRoute(
  ({ sameOrigin }) => sameOrigin,
  async ({ request }) => {
    const file = await matchPrecache(request.url)
    if (file === undefined) return fetch(request)
    const headers = new Headers(file.headers)
    headers.set('content-length', String((await file.blob()).size))
    return new Response(null, { headers })
  },
  'HEAD',
)

const ON_DEMAND_CACHES = `colloquy-on-demand ${scope} `
const onDemandCache = ON_DEMAND_CACHES + onDemand.map(({ revision }) => revision).join(' ')
const onDemandUrls = new Set(onDemand.map(({ url }) => new URL(url, location.href).href))
registerRoute(
  ({ url }) => onDemandUrls.has(url.href),
  new CacheFirst({ cacheName: onDemandCache, plugins: [isolating, revalidating] }),
)

async function dropOldCaches(): Promise<void> {
  const old = (await caches.keys()).filter(
    (name) => name.startsWith(ON_DEMAND_CACHES) && name !== onDemandCache,
  )
  await Promise.all(old.map((name) => caches.delete(name)))
}

self.addEventListener('activate', (event) => {
  // Claims open pages, so that files of a first visit are kept from now on.
  event.waitUntil(Promise.all([dropOldCaches(), self.clients.claim()]))
})

/**
 * Takes over only on request: an older page, perhaps in the middle of a run, may still load scripts that only
 * the older version's cache holds.
 */
async function takeOver({ source, ports: [answer] }: ExtendableMessageEvent): Promise<void> {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const asking = source instanceof Client ? source.id : null
  const others = tabs.filter(({ id, url }) => id !== asking && url.startsWith(scope))
  answer.postMessage(others.length)
  if (others.length === 0) await self.skipWaiting()
}

self.addEventListener('message', (event) => {
  if ((event.data as Partial<TakeOver> | null)?.colloquy === 'take-over') event.waitUntil(takeOver(event))
})
