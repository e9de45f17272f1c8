/** Who takes part, one more or one less. */
import { MOST_PEERS } from '../../runs/config'
import type { PresetChoice } from '../engine'
import type { PeerChoice } from './peer_choice'

/** The peers of all presets with the questions of this one, its own first: they were brought up to answer them. */
export function offeredPeers(presets: readonly PresetChoice[], name: string): readonly PeerChoice[] {
  const own = presets.find((preset) => preset.name === name)
  if (own === undefined) return []
  const alike = presets.filter(({ config }) => config.task === own.config.task)
  const all = [own, ...alike].flatMap(({ config }) => config.peers)
  return all.filter(({ source }, at) => all.findIndex((other) => other.source === source) === at)
}

/** With another model where one is offered that nobody has, else with the last peer's. Null where a run has no room for more. */
export function withOneMore(
  peers: readonly PeerChoice[],
  offered: readonly PeerChoice[],
): readonly PeerChoice[] | null {
  if (peers.length >= MOST_PEERS) return null
  const fresh = offered.find(({ source }) => peers.every((peer) => peer.source !== source))
  const added = fresh ?? peers.at(-1)
  if (added === undefined) return null
  return [...peers, { ...added, id: freeId(fresh?.id ?? added.id.replace(/-\d+$/, ''), peers) }]
}

/** The name, with a number behind it where one of the peers has it. */
export function freeId(name: string, peers: readonly PeerChoice[]): string {
  let id = name
  for (let n = 2; peers.some((peer) => peer.id === id); n++) id = `${name}-${n}`
  return id
}

/** Null where the run would have too few. */
export function withoutOne(
  peers: readonly PeerChoice[],
  index: number,
  fewest: number,
): readonly PeerChoice[] | null {
  return peers.length <= fewest ? null : peers.filter((_, at) => at !== index)
}
