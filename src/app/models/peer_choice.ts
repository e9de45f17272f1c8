/** The peers as the visitor has chosen them, and their models' sources in words. */

import { MOST_PEERS, type RunConfig } from '../../config/config'
import { DEFAULT_DTYPE, type Dtype } from '../../model/import/folder_files'
import type { PresetChoice } from '../engine'

export type PeerChoice = RunConfig['peers'][number]

export type ModelChoice = Pick<PeerChoice, 'source' | 'dtype'>

/** Leaves out the usual dtype, so that a run has one configuration. */
export function modelChoice(source: string, dtype: Dtype | undefined): ModelChoice {
  return dtype === undefined || dtype === DEFAULT_DTYPE ? { source } : { source, dtype }
}

/** Returns whether a source is anything but a folder beside the page. Does not check it. */
export function isElsewhere(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(source)
}

/** What a build puts under models/. Tests in node have no such list. */
declare const SHIPPED_FILES: readonly string[]

/** Whether a source is a folder of models that comes with the page. */
export function comesWithPage(source: string): boolean {
  const files = typeof SHIPPED_FILES === 'undefined' ? [] : SHIPPED_FILES
  return files.includes(`${source}/config.json`)
}

/** A source for people: what it is called, and where it is. */
export function sourceLabel(source: string): { readonly name: string; readonly place: string } {
  const [, kind, name] = /^(hub|folder):(.*)$/is.exec(source) ?? []
  if (kind !== undefined)
    return { name, place: kind.toLowerCase() === 'hub' ? 'from the model hub' : 'a folder on this computer' }
  if (isElsewhere(source)) return { name: source, place: 'a folder on a server' }
  const place = comesWithPage(source) ? 'comes with this page' : 'a folder beside this page'
  return { name: source.replace(/^models\//, ''), place }
}

/** Returns the peers of all presets with this preset's task, its own first: they were trained for these questions. */
export function offeredPeers(presets: readonly PresetChoice[], name: string): readonly PeerChoice[] {
  const own = presets.find((preset) => preset.name === name)
  if (own === undefined) return []
  const alike = presets.filter(({ config }) => config.task === own.config.task)
  const all = [own, ...alike].flatMap(({ config }) => config.peers)
  return all.filter(({ source }, at) => all.findIndex((other) => other.source === source) === at)
}

/** Adds a peer with an offered model that no peer has, else with the last peer's. Null if a run has no room for more. */
export function withOneMore(peers: readonly PeerChoice[], offered: readonly PeerChoice[]) {
  if (peers.length >= MOST_PEERS) return null
  const fresh = offered.find(({ source }) => peers.every((peer) => peer.source !== source))
  const added = fresh ?? peers.at(-1)
  if (added === undefined) return null
  return [...peers, { ...added, id: freeId(fresh?.id ?? added.id.replace(/-\d+$/, ''), peers) }]
}

/** Returns the name, with a number if one of the peers has it. */
export function freeId(name: string, peers: readonly PeerChoice[]): string {
  let id = name
  for (let n = 2; peers.some((peer) => peer.id === id); n++) id = `${name}-${n}`
  return id
}

/** Null where the run would have too few. */
export function withoutOne(peers: readonly PeerChoice[], index: number, fewest: number) {
  return peers.length <= fewest ? null : peers.filter((_, at) => at !== index)
}
