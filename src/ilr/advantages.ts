import type { AdvantageReport } from '../grpo/types'
import type { Peer } from '../model/peer'
import type { RunConfig } from '../runs/config'
import type { Reward } from '../tasks/task'

/** The advantages of groups that share questions: one group per question and peer, never more than that. */
export class Advantages {
  constructor(
    readonly report: AdvantageReport,
    private readonly peers: number,
    private readonly group: number,
  ) {}

  advantage(peer: number, question: number, member: number): number {
    return this.report.advantages[this.at(peer, question, member)]
  }
  calibrated(peer: number, question: number, member: number): number {
    return this.report.calibrated[this.at(peer, question, member)]
  }
  private at(peer: number, question: number, member: number): number {
    return (question * this.peers + peer) * this.group + member
  }
}

/**
 * Calibrated rewards and advantages over R (Q, m, G). `rewards` is [peer][q * group + k]. One backend does it
 * for all: calibration needs every peer's rewards anyway.
 */
export async function groupAdvantages(
  peer: Peer,
  rewards: readonly (readonly Reward[])[],
  group: number,
  config: RunConfig,
): Promise<Advantages> {
  const peers = rewards.length
  const questions = rewards[0].length / group
  const flat = new Float32Array(questions * peers * group)
  rewards.forEach((rows, i) => {
    rows.forEach(({ total }, row) => {
      flat[(Math.floor(row / group) * peers + i) * group + (row % group)] = total
    })
  })
  const report = await peer.advantages({
    rewards: flat,
    questions,
    peers,
    rollouts: group,
    calibrate: config.calibration,
    scaleRewards: config.scaleRewards,
  })
  return new Advantages(report, peers, group)
}

/** Each question's S1 group followed by its S3 group: one group of 2 G, members G … 2 G - 1 from S3. */
export function jointRewards(
  share: readonly (readonly Reward[])[],
  fuse: readonly (readonly Reward[])[],
  group: number,
): Reward[][] {
  return share.map((rows, peer) => {
    const joint: Reward[] = []
    for (let start = 0; start < rows.length; start += group)
      joint.push(...rows.slice(start, start + group), ...fuse[peer].slice(start, start + group))
    return joint
  })
}
