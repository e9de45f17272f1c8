/** Finds what this browser has of models, for the dialog. Asks no server by itself. */
import {
  type HubContext,
  hubContext,
  knownPlan,
  openCacheStore,
  type PickedFolder,
  parseSource,
  peersOf,
} from '../../hub'
import { anyDtype, neededFiles } from '../../hub/needed'
import type { ModelPlaces } from '../../hub/source'
import { freeId, type ModelChoice, modelChoice, type PeerChoice } from './peer_choice'

export async function openLibrary({ hub }: ModelPlaces): Promise<HubContext> {
  return hubContext(await openCacheStore(), { needsCors: true, ...(hub === undefined ? {} : { hub }) })
}

/** The first peer whose model is not here, or not whole; null where all are. */
export async function firstMissing(peers: readonly PeerChoice[], places: ModelPlaces) {
  for (const [index, { source, dtype }] of peers.entries()) {
    const parsed = parseSource(source)
    if (parsed.kind === 'relative') continue
    const lacking =
      parsed.kind === 'picked'
        ? places.folders?.[parsed.name] === undefined
        : (await knownPlan(parsed, await openLibrary(places), { dtype }))?.bytes !== 0
    if (lacking) return index
  }
  return null
}

/**
 * Adds a picked folder to the places. A folder of the same name with other files stays beside it.
 * @throws ColloquyError `model-file` if the folder lacks files, `config` if its name cannot be part of a source
 */
export function withFolder(places: ModelPlaces, { name, files }: PickedFolder) {
  const listed = Object.entries(files).map(([path, { size }]) => ({ path, size, hash: null }))
  const dtype = anyDtype(listed)
  neededFiles({ source: `folder "${name}"`, base: '', files: listed }, dtype)
  const folders = places.folders ?? {}
  const plain = name.replace(/[\\/]/g, '-').trim() || 'model'
  let free = plain
  for (let n = 2; Object.hasOwn(folders, free) && stampOf(folders[free]) !== stampOf(files); n++)
    free = `${plain}-${n}`
  const source = `folder:${free}`
  parseSource(source)
  return { places: { ...places, folders: { ...folders, [free]: files } }, model: modelChoice(source, dtype) }
}

function stampOf(files: PickedFolder['files']): string {
  const lines = Object.entries(files).map(([path, file]) => `${path} ${file.size} ${file.lastModified}`)
  return lines.sort().join('\n')
}

/** Gives one peer another model and names it after that: as in `offered` where it is there, else by the model’s name. */
export function withModel(
  peers: readonly PeerChoice[],
  index: number,
  model: ModelChoice,
  offered: readonly PeerChoice[],
): PeerChoice[] {
  const { source } = model
  const { dtype: _, ...current } = peers[index]
  const others = peers.filter((_, at) => at !== index)
  const [{ id: plain }] = peersOf([source])
  const named = offered.find((peer) => peer.source === source)?.id ?? plain
  const changed =
    current.source === source ? { ...current, ...model } : { id: freeId(named, others), ...model }
  return peers.map((peer, at) => (at === index ? changed : peer))
}
