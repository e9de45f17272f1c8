/** Plans a download, so that the visitor can agree to it; records that consent. */

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
  /** Path within the model's folder. */
  readonly path: string
  readonly url: string
  readonly size: number
  /** Null where only the size can be checked. */
  readonly hash: FileHash | null
  /** Bytes that are here already: all, those of an interrupted download, or 0. */
  readonly have: number
  /** Whether the whole file is in the cache. */
  readonly cached: boolean
}

export interface DownloadPlan {
  /** The source as `sourceName` writes it. */
  readonly source: string
  readonly host: string
  readonly listing: Listing
  /** The dtype that the plan downloads. */
  readonly dtype: Dtype
  readonly files: readonly PlannedFile[]
  /** Bytes of the model. */
  readonly total: number
  /** Bytes to be downloaded. */
  readonly bytes: number
  /** Free bytes in the store; null where this is unknown. */
  readonly room: number | null
  /** Remarks for the visitor, e.g. damaged files in the cache. */
  readonly notes: readonly string[]
}

declare const agreed: unique symbol
/** A plan that the visitor agreed to. */
export type ConfirmedPlan = DownloadPlan & { readonly [agreed]: true }

const confirmed = new WeakSet<DownloadPlan>()

export interface PlanOptions {
  /** Default `q4`. With `any`, `q4` where the model has it, else the smallest dtype it has. */
  readonly dtype?: Dtype | 'any'
  readonly signal?: AbortSignal
}

/**
 * Returns a source that must be downloaded, or null for one that needs no plan.
 * @throws ColloquyError `config` where the text is no source
 */
export function remoteSource(text: string): RemoteSource | null {
  const source = parseSource(text)
  return source.kind === 'hub' || source.kind === 'url' ? source : null
}

/**
 * Asks a model's host for its list of files, and compares it with the store. Downloads nothing.
 * @param contact the host that the visitor agreed to contact, as `hostOf` writes it. The check matters
 * because a link from someone else may name the source.
 * @throws ColloquyError `config` where the source has another host; `download` where the host cannot be asked
 * or has no such model; `model-file` where the model lacks files
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
      found: `consent to contact ${contact || 'no host'}`,
      wanted: `consent to contact ${host}`,
      todo: `Agree to contact ${host}, or choose another model`,
    })
  const listing = await listModel(source, context, signal)
  const plan = await planListed(source, listing, context, { dtype, signal })
  // An existing listing stays until the visitor agrees, so that files downloaded by it remain usable.
  if ((await context.store.listing(listing.base)) === null) await context.store.saveListing(listing)
  return plan
}

/** Returns the plan from the stored listing, without any request; null where no listing is stored. */
export async function knownPlan(
  source: RemoteSource,
  context: HubContext,
  options: PlanOptions = {},
): Promise<DownloadPlan | null> {
  const listing = await context.store.listing(baseUrl(source, context.hub))
  return listing === null ? null : planListed(source, listing, context, options)
}

/**
 * Makes the plan from a list of files, without any request.
 * @throws ColloquyError `model-file` where the model lacks files
 */
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
      notes.push(`${path} in the cache ${problem}, so it will be downloaded again`)
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

/**
 * Checks a cached file; null where it is right. A file from another page is unchecked, so it is hashed now.
 */
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
 * Records that the visitor agrees to a plan.
 * @param bytes the size that the visitor saw; consent to another size is refused
 * @throws ColloquyError `config` where it is another size, `storage` where there is no room for it
 */
export function confirm(plan: DownloadPlan, bytes: number): ConfirmedPlan {
  if (bytes !== plan.bytes)
    throw new ColloquyError({
      code: 'config',
      what: `download of ${plan.source}`,
      found: `consent to ${bytesText(bytes)}`,
      wanted: `consent to ${bytesText(plan.bytes)}`,
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

/** @throws ColloquyError `model-file` for a plan that the visitor did not agree to, whatever its type */
export function assertConfirmed(plan: DownloadPlan): void {
  if (confirmed.has(plan)) return
  const found = 'no consent to it'
  throw badFile(
    `download of ${plan.source}`,
    found,
    `consent to ${bytesText(plan.bytes)}`,
    'Confirm the plan first',
  )
}

/**
 * Returns the question of a plan, e.g. `hub:o/n: download 350 MB (2 files) from huggingface.co? 12 MB are
 * here already.`
 */
export function planQuestion({ source, host, files, bytes, total }: DownloadPlan): string {
  const coming = files.filter((file) => !file.cached).length
  const here = total > bytes ? ` ${bytesText(total - bytes)} are here already.` : ''
  return `${source}: download ${bytesText(bytes)} (${coming} ${coming === 1 ? 'file' : 'files'}) from ${host}?${here}`
}
