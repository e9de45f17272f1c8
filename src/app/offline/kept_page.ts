/** The page's own files, kept by the service worker (`workers/service_worker.ts`), and a newer version of them. */
import { useEffect, useState } from 'preact/hooks'
import type { TakeOver } from '../../../workers/service_worker'

interface KeptPage {
  /** Whether the page opens and learns without a network. */
  readonly kept: boolean
  /** Whether the visitor has cleared what the browser kept of it since it was opened. */
  readonly cleared: boolean
  readonly newer: ServiceWorker | null
}

/** Typed as always there, but a page over plain http from another machine has none. */
const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }

/** Whether this document came from the service worker, which the first visit's does not. */
export const CAME_FROM_KEPT = Boolean(serviceWorker?.controller)

/** Registers the service worker. What `after` fetches then comes from the browser's cache, not a second time. */
export async function keepPage(after: Promise<unknown>): Promise<void> {
  await after
  try {
    await serviceWorker?.register('./service_worker.js', { scope: './' })
  } catch (error) {
    // A browser that keeps nothing, in a private window say, shows the page all the same.
    console.warn(`This page will need a network when it is opened again: ${String(error)}`)
  }
}

export function useKeptPage(): KeptPage {
  const [page, setPage] = useState<KeptPage>({ kept: false, cleared: false, newer: null })
  useEffect(() => {
    const stopped = new AbortController()
    const { signal } = stopped
    const watch = (registration: ServiceWorkerRegistration) => {
      const look = () => {
        const kept = registration.active !== null
        setPage({ kept, cleared: !kept, newer: registration.waiting })
      }
      const follow = () => registration.installing?.addEventListener('statechange', look, { signal })
      registration.addEventListener('updatefound', follow, { signal })
      registration.active?.addEventListener('statechange', look, { signal })
      follow()
      look()
    }
    // Ready when all files are there.
    void serviceWorker?.ready.then((registration) => signal.aborted || watch(registration))
    return () => stopped.abort()
  }, [])
  return page
}

/** Reloads the page in its newer version unless other tabs show the older one. Resolves to their number. */
export async function takeOver(newer: ServiceWorker): Promise<number> {
  const refused = new AbortController()
  const { signal } = refused
  serviceWorker?.addEventListener('controllerchange', () => location.reload(), { signal })
  const { port1, port2 } = new MessageChannel()
  const answer = new Promise<number>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<number>) => resolve(data)
  })
  newer.postMessage({ colloquy: 'take-over' } satisfies TakeOver, [port2])
  const others = await answer
  port1.close()
  if (others > 0) refused.abort()
  return others
}
