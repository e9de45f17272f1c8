/** Reads the store on disk from a page, through the command that serves both. */
import { notFetched } from './context'
import type { FileHash } from './hash'
import { listingSchema } from './listing'
import { LISTING, META, type ModelReader, storePath } from './store'

/** @param root URL of the served store, with a slash at the end */
export function servedReader(root: string): ModelReader {
  const get = async (path: string): Promise<Response | null> => {
    const url = root + path.split('/').map(encodeURIComponent).join('/')
    const response = await fetch(url).catch((cause: unknown) => {
      throw notFetched(path, 'no connection to the command', 'a downloaded model', 'Start it again', cause)
    })
    return response.ok ? response : null
  }
  return {
    async find(url) {
      const response = await get(storePath(url) + META)
      if (!response) return null
      const { size, hash } = (await response.json()) as { size: number; hash: FileHash | null }
      return { url, size, hash }
    },
    async read(url) {
      const response = await get(storePath(url))
      return response && new Uint8Array(await response.arrayBuffer())
    },
    async listing(base) {
      const response = await get(storePath(base) + LISTING)
      const listing = response && listingSchema.safeParse(await response.json().catch(() => null))
      return listing?.success ? listing.data : null
    },
  }
}
