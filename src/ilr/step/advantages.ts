import { isCalibrated, type RunConfig } from '../../config/config'
import type { AdvantageReport, AdvantageRequest } from '../../grpo/types'
import type { Peer } from '../../model/peer'
import type { Reward } from '../../tasks/task'

/** Rewards of groups, one group per question and peer: [peer][question * size + member]. */
export interface RewardGroups {
  readonly rewards: readonly (readonly Reward[])[]
  readonly size: number
}

/** Advantages of `RewardGroups`. */
export class Advantages {
  constructor(
    readonly report: AdvantageReport,
    private readonly peers: number,
    private readonly size: number,
  ) {}

  advantage(peer: number, question: number, member: number): number {
    return this.report.advantages[this.at(peer, question, member)]
  }
  calibrated(peer: number, question: number, member: number): number {
    return this.report.calibrated[this.at(peer, question, member)]
  }
  private at(peer: number, question: number, member: number): number {
    return (question * this.peers + peer) * this.size + member
  }
}

/**
 * Computes calibrated rewards and advantages of all groups of a step, by name; null for groups without
 * rewards. One peer's backend computes all in one call, because calibration needs every peer's rewards.
 */
export async function groupAdvantages<Name extends string>(
  peer: Peer,
  groups: Readonly<Record<Name, RewardGroups | null>>,
  config: RunConfig,
): Promise<Record<Name, Advantages | null>> {
  const named = Object.entries<RewardGroups | null>(groups).flatMap(([name, group]) =>
    group === null || group.rewards[0].length === 0 ? [] : [{ name, group }],
  )
  const requests = named.map(({ group }) => requestOf(group, config))
  const reports = requests.length === 0 ? [] : await peer.advantages(requests)
  const found = new Map(
    named.map(({ name, group: { rewards, size } }, i) => [
      name,
      new Advantages(reports[i], rewards.length, size),
    ]),
  )
  const names = Object.keys(groups) as Name[]
  return Object.fromEntries(names.map((name) => [name, found.get(name) ?? null])) as Record<
    Name,
    Advantages | null
  >
}

/** Lays out rewards as R (Q, m, G). */
function requestOf({ rewards, size }: RewardGroups, config: RunConfig): AdvantageRequest {
  const peers = rewards.length
  const questions = rewards[0].length / size
  const flat = new Float32Array(questions * peers * size)
  rewards.forEach((rows, i) => {
    rows.forEach(({ total }, row) => {
      flat[(Math.floor(row / size) * peers + i) * size + (row % size)] = total
    })
  })
  return {
    rewards: flat,
    questions,
    peers,
    rollouts: size,
    calibrate: isCalibrated(config),
    scaleRewards: config.scaleRewards,
  }
}
