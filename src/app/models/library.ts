/** The models of this browser, for the dialog: what is here, and what of a model is missing. Reaches nobody by itself. */
import {
  type HubContext,
  hubContext,
  knownPlan,
  openCacheStore,
  type PickedFolder,
  parseSource,
  peersOf,
} from '../../hub'
import { neededFiles } from '../../hub/needed'
import type { ModelPlaces } from '../../hub/places'
import { DEFAULT_DTYPE } from '../../model/dtypes'
import type { PeerChoice } from './peer_choice'

export async function openLibrary({ hub }: ModelPlaces): Promise<HubContext> {
  return hubContext(await openCacheStore(), hub === undefined ? {} : { hub })
}

/** The first peer whose model is not here, or not whole; null where all are. */
export async function firstMissing(
  peers: readonly PeerChoice[],
  places: ModelPlaces,
): Promise<number | null> {
  for (const [index, { source }] of peers.entries()) {
    const parsed = parseSource(source)
    if (parsed.kind === 'relative') continue
    if (parsed.kind === 'picked') {
      if (places.folders?.[parsed.name] === undefined) return index
      continue
    }
    const plan = await knownPlan(parsed, await openLibrary(places))
    if (plan === null || plan.bytes > 0) return index
  }
  return null
}

/**
 * The places with a folder that was picked, and its source. A folder of the same name that has other files stays beside it.
 * @throws ColloquyError `model-file` where the folder lacks files, `config` where its name cannot be one of a source
 */
export function withFolder(
  places: ModelPlaces,
  { name, files }: PickedFolder,
): { readonly places: ModelPlaces; readonly source: string } {
  const listed = Object.entries(files).map(([path, { size }]) => ({ path, size, hash: null }))
  neededFiles({ source: `folder "${name}"`, base: '', files: listed }, DEFAULT_DTYPE)
  const folders = places.folders ?? {}
  const plain = name.replace(/[\\/]/g, '-').trim() || 'model'
  let free = plain
  for (let n = 2; Object.hasOwn(folders, free) && !sameFiles(folders[free], files); n++)
    free = `${plain}-${n}`
  const source = `folder:${free}`
  parseSource(source)
  return { places: { ...places, folders: { ...folders, [free]: files } }, source }
}

type Files = PickedFolder['files']

function sameFiles(a: Files, b: Files): boolean {
  const stamp = (files: Files) =>
    Object.entries(files)
      .map(([path, { size, lastModified }]) => `${path} ${size} ${lastModified}`)
      .sort()
      .join('\n')
  return stamp(a) === stamp(b)
}

/** The peers with another model for one of them, which is called by it: as in the preset where that has it, else by the model's name. */
export function withModel(
  peers: readonly PeerChoice[],
  index: number,
  source: string,
  preset: readonly PeerChoice[],
): PeerChoice[] {
  if (peers[index].source === source) return [...peers]
  const others = peers.filter((_, at) => at !== index)
  const free = (id: string) => others.every((other) => other.id !== id)
  const named = preset.find((peer) => peer.source === source && free(peer.id))
  const [{ id: plain }] = peersOf([source])
  let id = named?.id ?? plain
  for (let n = 2; !free(id); n++) id = `${plain}-${n}`
  return peers.map((peer, at) => (at === index ? { id, source } : peer))
}
