/** Estimates a run's memory before its models are loaded. Asks only this page's own address. */
import { fetchFolder } from '../../../workers/browser/fetch_folder'
import type { RunConfig } from '../../config/config'
import { adapterHasF16 } from '../../gpu/device'
import { openCacheStore } from '../../hub/cache_store'
import { listedOutline, pickedOutline, readOutline } from '../../hub/outline'
import { baseUrl, type ModelPlaces, parseSource } from '../../hub/source'
import { requireRunRoom, shortageOf } from '../../ilr/memory/memory_room'
import { runMemory } from '../../ilr/memory/run_memory'
import { type Outlines, requireCompletionRoom, requireListeners } from '../../ilr/memory/run_tokens'
import { DEFAULT_DTYPE, MODEL_FILES, requiredFile } from '../../model/import/folder_files'
import { type ModelOutline, OUTLINE_FILES } from '../../model/import/outline'
import { pageMemory } from '../device_care'
import { comesWithPage, type PeerChoice } from './peer_choice'

export type RunEstimate = Awaited<ReturnType<typeof estimateOf>>

/** @param more what is known besides, e.g. of a model that is being looked at */
export async function estimateOf(config: RunConfig, places: ModelPlaces, more: Outlines = {}) {
  const outlines = { ...(await outlinesOf(config.peers, places)), ...more }
  const f16 = config.backend === 'webgpu' && (await adapterHasF16())
  return {
    outlines,
    memory: runMemory(config, outlines, f16),
    shortage: shortageOf(config, outlines, { memory: pageMemory(navigator), f16 }),
  }
}

/** @throws ColloquyError `config` or `memory` for a run that can surely not go well */
export async function requireGoodRun(config: RunConfig, places: ModelPlaces): Promise<void> {
  const outlines = await outlinesOf(config.peers, places)
  requireListeners(config, outlines)
  requireCompletionRoom(config, outlines)
  requireRunRoom(config, outlines)
}

/** Returns outlines by peer id. Leaves out models that are unknown or unusable: loading one says why. */
async function outlinesOf(peers: readonly PeerChoice[], places: ModelPlaces): Promise<Outlines> {
  const outlines = await Promise.all(peers.map((peer) => outlineOfPeer(peer, places).catch(() => null)))
  return Object.fromEntries(peers.flatMap(({ id }, at) => (outlines[at] ? [[id, outlines[at]]] : [])))
}

async function outlineOfPeer(peer: PeerChoice, places: ModelPlaces): Promise<ModelOutline | null> {
  const source = parseSource(peer.source)
  if (source.kind === 'relative') return besideOutline(peer)
  if (source.kind === 'picked') {
    const files = places.folders?.[source.name]
    return files === undefined ? null : pickedOutline(source.name, files)
  }
  const store = await openCacheStore()
  const listing = await store.listing(baseUrl(source, places.hub))
  return listing && listedOutline(source, listing, store, places.hub)
}

/** @throws ColloquyError `model-file` where there is no folder of a model beside the page */
export async function requireBeside(source: string): Promise<void> {
  if (comesWithPage(source)) return
  await requiredFile(fetchFolder(new URL('.', document.baseURI).href, source), source, 'config.json')
}

/** Files beside the page do not change while it is open. */
const beside = new Map<string, Promise<ModelOutline | null>>()

/** A folder beside the page may have no list of files: only those that a run would read are asked for. */
function besideOutline({ source, dtype = DEFAULT_DTYPE }: PeerChoice): Promise<ModelOutline | null> {
  const [model] = MODEL_FILES[dtype]
  const key = `${source}/${model}`
  const asked = beside.get(key) ?? readBeside(source, model)
  beside.set(key, asked)
  asked.catch(() => beside.delete(key))
  return asked
}

async function readBeside(source: string, model: string): Promise<ModelOutline | null> {
  const url = new URL(`${source}/${model}`, document.baseURI)
  if (url.origin !== location.origin) return null
  const head = await fetch(url, { method: 'HEAD' })
  if (!head.ok) return null
  const size = Number(head.headers.get('content-length') ?? 0)
  const paths = [model, ...OUTLINE_FILES]
  const files = paths.map((path) => ({ path, size: path === model ? size : 0, hash: null }))
  const read = fetchFolder(new URL('.', document.baseURI).href, source)
  return readOutline(source, files, async (path) => {
    const bytes = await read(path)
    return bytes && new TextDecoder().decode(bytes)
  })
}
