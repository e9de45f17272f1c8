/**
 * Keeps the page's own files, so that it opens and learns without a network, and serves them with the headers of cross-origin isolation,
 * which many hosts cannot send. Models of the hub are kept by `src/hub`; requests to other origins, and pages other than index.html, pass by.
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

/** Asks a new version's worker to take over. It answers with how many other tabs stand in the way: 0 if it does. */
export interface TakeOver {
  readonly colloquy: 'take-over'
}

/** ONNX Runtime for WebGPU: 27 MB that many devices have no use for. Kept once it is fetched, unlike the rest. */
const ON_DEMAND = /\.asyncify\.wasm$/

/** All files of the page with their revisions, put in by the build. */
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

/** Asks the server whether what the browser has already fetched is still the same: nothing large comes twice, nothing old is kept. */
const revalidating = {
  requestWillFetch: async ({ request }: { request: Request }) => new Request(request, { cache: 'no-cache' }),
}

addPlugins([isolating, revalidating])
precacheAndRoute(
  files.filter((file) => !onDemand.includes(file)),
  // What stands behind ? is the page's business.
  { ignoreURLParametersMatching: [/.*/], cleanURLs: false },
)
cleanupOutdatedCaches()
// How large a file is, which the routes above, for GET alone, do not tell.
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
  // Claimed, so that what a first visit fetches from now on is kept as well.
  event.waitUntil(Promise.all([dropOldCaches(), self.clients.claim()]))
})

/** Never by itself: an older page still has scripts to load, in the middle of a run perhaps, that are only in the older version's cache. */
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
