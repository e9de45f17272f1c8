/** Lists a model's files: from the hub's tree API, or file by file from a plain server. */

import { MODEL_FILES, OPTIONAL_FILES, REQUIRED_FILES } from '../model/import/folder_files'
import { OUTLINE_FILES } from '../model/import/outline'
import { z } from '../schema'
import { badFile, type HubContext, notFetched } from './context'
import { FileCheck, type FileHash, statedHash } from './hash'
import { dataFiles } from './needed'
import { Patience, refused, requestOnce } from './request'
import { baseUrl, fileUrl, type RemoteSource, sourceName } from './source'
import type { ListedFile, Listing } from './store'

export const listingSchema: z.ZodType<Listing> = z.object({
  source: z.string(),
  base: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      size: z.int().min(0),
      hash: z.custom<FileHash>((value) => /^(sha256|git):[0-9a-f]+$/.test(String(value))).nullable(),
    }),
  ),
  texts: z.partialRecord(z.enum(OUTLINE_FILES), z.string()).optional(),
})

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.int().min(0).default(0),
    oid: z.string().nullish(),
    lfs: z.object({ oid: z.string(), size: z.int().min(0) }).nullish(),
  }),
)

/** Maximum pages of a listing; no model has as many. */
const MOST_PAGES = 50

/**
 * Maximum bytes of a file that describes a model. A larger file is not requested before the visitor agrees to
 * its size.
 */
const MOST_TEXT_BYTES = 200_000

/**
 * Requests the list of a model's files, and the small files that describe it, from the model's host.
 * @throws ColloquyError `download` where the host cannot be asked or has no such model
 */
export async function listModel(
  source: RemoteSource,
  context: HubContext,
  signal?: AbortSignal,
): Promise<Listing> {
  const listing = await (source.kind === 'hub'
    ? listHub(source, context, signal)
    : listServer(source, context, signal))
  const texts: Record<string, string> = {}
  for (const file of listing.files) {
    if (!isOutlineFile(file.path) || file.size > MOST_TEXT_BYTES) continue
    const text = await textOf(source, file, context, signal)
    if (text !== null) texts[file.path] = text
  }
  return { ...listing, texts }
}

function isOutlineFile(path: string): boolean {
  return OUTLINE_FILES.some((name) => name === path)
}

/**
 * Fetches a small file; null where it does not arrive as listed. The model is then described later, from its
 * download.
 */
async function textOf(
  source: RemoteSource,
  { path, size, hash }: ListedFile,
  { fetch, hub, hasher }: HubContext,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const response = await fetch(fileUrl(source, path, hub), {
      signal,
      cache: 'no-store',
      credentials: 'omit',
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const check = new FileCheck(hash, size, hasher)
    check.update(bytes)
    if (!response.ok || bytes.length !== size || check.wrong() !== null) return null
    return new TextDecoder().decode(bytes)
  } catch {
    signal?.throwIfAborted()
    return null
  }
}

async function listHub(
  source: Extract<RemoteSource, { kind: 'hub' }>,
  context: HubContext,
  signal?: AbortSignal,
): Promise<Listing> {
  const what = sourceName(source)
  const first = `${context.hub}/api/models/${source.id}/tree/${encodeURIComponent(source.revision)}?recursive=1`
  const files: ListedFile[] = []
  let next: string | null = first
  for (let page = 0; next !== null && page < MOST_PAGES; page++) {
    const patience = new Patience(context, what, signal)
    const response: Response = await requestOnce(context, next, { signal }, patience)
    if (!response.ok) throw refused(what, response)
    const entries = treeSchema.safeParse(await response.json().catch(() => null))
    if (!entries.success)
      throw notFetched(
        what,
        'an answer that is not a list of files',
        'the list of its files',
        'Check the address of the hub',
      )
    // A path becomes a part of a URL and of a file name, so only known forms pass.
    for (const { type, path, size, oid, lfs } of entries.data)
      if (type === 'file' && isRelevant(path))
        files.push({ path, size: lfs?.size ?? size, hash: statedHash(lfs ? lfs.oid : oid) })
    next = nextPage(response, first)
  }
  return { source: what, base: baseUrl(source, context.hub), files }
}

function isRelevant(path: string): boolean {
  return [...REQUIRED_FILES, ...OPTIONAL_FILES].includes(path) || /^onnx\/[\w.-]+$/.test(path)
}

/** Returns the next page's URL, only on the same server, so that a listing cannot send us elsewhere. */
function nextPage(response: Response, first: string): string | null {
  const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')
  if (!link) return null
  const url = new URL(link[1], first)
  return url.origin === new URL(first).origin ? url.href : null
}

async function listServer(source: RemoteSource, context: HubContext, signal?: AbortSignal): Promise<Listing> {
  const files: ListedFile[] = []
  const look = async (path: string): Promise<boolean> => {
    const file = await headOf(source, path, context, signal)
    if (file) files.push(file)
    return file !== null
  }
  for (const path of [...REQUIRED_FILES, ...OPTIONAL_FILES]) await look(path)
  for (const path of new Set(Object.values(MODEL_FILES).flat())) {
    if (!(await look(path))) continue
    for (const data of dataFiles(path)) if (!(await look(data))) break
  }
  return { source: sourceName(source), base: baseUrl(source, context.hub), files }
}

/** Returns size and hash of a file, or null where there is none. */
async function headOf(
  source: RemoteSource,
  path: string,
  context: HubContext,
  signal?: AbortSignal,
): Promise<ListedFile | null> {
  const what = `${sourceName(source)}/${path}`
  const url = fileUrl(source, path, context.hub)
  const patience = new Patience(context, what, signal)
  const response = await requestOnce(context, url, { method: 'HEAD', signal }, patience)
  if (response.status === 404 || response.status === 410) return null
  if (!response.ok) throw refused(what, response)
  const { headers } = response
  const length = headers.get('content-encoding') === null ? headers.get('content-length') : null
  const stated = headers.get('x-linked-size') ?? length
  if (stated === null || !/^\d+$/.test(stated))
    throw badFile(what, 'a server that does not say its size', 'a Content-Length', 'Serve the folder plainly')
  // On hubs an ETag is git's hash; elsewhere it can be anything.
  const etag = source.kind === 'hub' || source.url.includes('/resolve/') ? headers.get('etag') : null
  const hash = statedHash(headers.get('x-linked-etag') ?? etag)
  return { path, size: Number(stated), hash }
}
