/** What would be downloaded, so that somebody can say yes to it; and the yes. */

import { ColloquyError } from '../errors'
import { DEFAULT_DTYPE, type Dtype } from '../model/import/folder_files'
import { bytesText } from '../report/format'
import { badFile, type HubContext } from './context'
import { FileCheck, type FileHash } from './hash'
import { listModel } from './listing'
import { anyDtype, neededFiles } from './needed'
import { baseUrl, fileUrl, hostOf, parseSource, type RemoteSource, sourceName } from './source'
import type { Listing } from './store'

export interface PlannedFile {
  /** Within the model's folder. */
  readonly path: string
  readonly url: string
  readonly size: number
  /** Null: only its size can be checked. */
  readonly hash: FileHash | null
  /** Bytes that are here already: all, those of a broken download, or none. */
  readonly have: number
  /** Whether the whole file is in the cache. */
  readonly cached: boolean
}

export interface DownloadPlan {
  /** As `sourceName` writes it. */
  readonly source: string
  readonly host: string
  readonly listing: Listing
  /** The one that is planned for. */
  readonly dtype: Dtype
  readonly files: readonly PlannedFile[]
  /** Bytes of the model. */
  readonly total: number
  /** Bytes to be downloaded. */
  readonly bytes: number
  /** Bytes there is room for; null where that is not known. */
  readonly room: number | null
  /** What is worth knowing, e.g. files in the cache that turned out to be damaged. */
  readonly notes: readonly string[]
}

declare const agreed: unique symbol
/** A plan that somebody has said yes to. */
export type ConfirmedPlan = DownloadPlan & { readonly [agreed]: true }

const confirmed = new WeakSet<DownloadPlan>()

export interface PlanOptions {
  /** `q4` where left out; `any` is that where the model has it, and else the smallest that it has. */
  readonly dtype?: Dtype | 'any'
  readonly signal?: AbortSignal
}

/** A source that has to be downloaded, or null for one that needs no plan. @throws ColloquyError `config` */
export function remoteSource(text: string): RemoteSource | null {
  const source = parseSource(text)
  return source.kind === 'hub' || source.kind === 'url' ? source : null
}

/**
 * Asks a model's host what there is to download, and looks what of it is here. Downloads nothing.
 * @param contact the host that the visitor has agreed to ask, as `hostOf` says it: a source may come from somebody else
 * @throws ColloquyError `config` where that is another than the source's; `download` where the host cannot be asked or has
 *   no such model; `model-file` where the model lacks files
 */
export async function planDownload(
  source: RemoteSource,
  context: HubContext,
  contact: string,
  { dtype = DEFAULT_DTYPE, signal }: PlanOptions = {},
): Promise<DownloadPlan> {
  const host = hostOf(source, context.hub)
  if (contact !== host)
    throw new ColloquyError({
      code: 'config',
      what: sourceName(source),
      found: `a yes to asking ${contact || 'nobody'}`,
      wanted: `a yes to asking ${host}`,
      todo: `Agree that ${host} is asked, or choose another model`,
    })
  const listing = await listModel(source, context, signal)
  const plan = await planListed(source, listing, context, { dtype, signal })
  // One that is there stays until a yes: what was downloaded by it remains usable.
  if ((await context.store.listing(listing.base)) === null) await context.store.saveListing(listing)
  return plan
}

/** The plan by what is known here, without asking anybody; null where the model was never asked for. */
export async function knownPlan(
  source: RemoteSource,
  context: HubContext,
  options: PlanOptions = {},
): Promise<DownloadPlan | null> {
  const listing = await context.store.listing(baseUrl(source, context.hub))
  return listing === null ? null : planListed(source, listing, context, options)
}

/** The plan by a list of files that is at hand. Asks nobody. @throws ColloquyError `model-file` where the model lacks files */
export async function planListed(
  source: RemoteSource,
  listing: Listing,
  context: HubContext,
  { dtype: asked = DEFAULT_DTYPE, signal }: PlanOptions,
): Promise<DownloadPlan> {
  const dtype = asked === 'any' ? anyDtype(listing.files) : asked
  const notes: string[] = []
  const files: PlannedFile[] = []
  for (const { path, size, hash } of neededFiles(listing, dtype)) {
    signal?.throwIfAborted()
    const url = fileUrl(source, path, context.hub)
    const problem = await checkCached({ url, size, hash }, context, signal)
    if (problem !== null && problem !== 'absent')
      notes.push(`${path} in the cache ${problem}: it is downloaded again`)
    const cached = problem === null
    const part = cached ? null : await context.store.part(url)
    const have = cached ? size : part !== null && part.size <= size ? part.size : 0
    files.push({ path, url, size, hash, have, cached })
  }
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const bytes = files.reduce((sum, file) => sum + file.size - file.have, 0)
  const room = await context.store.room()
  return {
    source: sourceName(source),
    host: hostOf(source, context.hub),
    listing,
    dtype,
    files,
    total,
    bytes,
    room,
    notes,
  }
}

/** Null where the cache has the file; a file that nobody has checked, since another page put it there, is checked now. */
async function checkCached(
  { url, size, hash }: Pick<PlannedFile, 'url' | 'size' | 'hash'>,
  { store, hasher }: HubContext,
  signal?: AbortSignal,
): Promise<string | null> {
  const there = await store.find(url)
  if (there === null) return 'absent'
  if (there.size !== size) return `has ${there.size} bytes instead of ${size}`
  if (hash === null || there.hash === hash) return null
  if (there.hash !== null) return 'is of another version'
  const check = new FileCheck(hash, size, hasher)
  for await (const bytes of store.stream(url)) {
    signal?.throwIfAborted()
    check.update(bytes)
  }
  if (check.wrong() !== null) return 'is damaged or of another version'
  await store.markChecked(url, hash)
  return null
}

/**
 * The visitor's yes.
 * @param bytes the size the visitor was shown; nothing is downloaded by a yes to another size
 * @throws ColloquyError `config` where it is another size, `storage` where there is no room for it
 */
export function confirm(plan: DownloadPlan, bytes: number): ConfirmedPlan {
  if (bytes !== plan.bytes)
    throw new ColloquyError({
      code: 'config',
      what: `download of ${plan.source}`,
      found: `a yes to ${bytesText(bytes)}`,
      wanted: `a yes to ${bytesText(plan.bytes)}`,
      todo: 'Agree to the size of this plan',
    })
  if (plan.room !== null && plan.bytes > plan.room)
    throw new ColloquyError({
      code: 'storage',
      what: `download of ${plan.source}`,
      found: `room for ${bytesText(plan.room)}`,
      wanted: `room for ${bytesText(plan.bytes)}`,
      todo: 'Delete other models, make room, or choose a smaller model',
    })
  confirmed.add(plan)
  return plan as ConfirmedPlan
}

/** @throws ColloquyError `model-file` for a plan that nobody said yes to, whatever its type says */
export function assertConfirmed(plan: DownloadPlan): void {
  if (confirmed.has(plan)) return
  const found = 'nobody’s yes to it'
  throw badFile(
    `download of ${plan.source}`,
    found,
    `a yes to ${bytesText(plan.bytes)}`,
    'Confirm the plan first',
  )
}

/** The question that a yes answers, e.g. `hub:o/n: download 350 MB (2 files) from huggingface.co? 12 MB are here already.` */
export function planQuestion({ source, host, files, bytes, total }: DownloadPlan): string {
  const coming = files.filter((file) => !file.cached).length
  const here = total > bytes ? ` ${bytesText(total - bytes)} are here already.` : ''
  return `${source}: download ${bytesText(bytes)} (${coming} ${coming === 1 ? 'file' : 'files'}) from ${host}?${here}`
}
