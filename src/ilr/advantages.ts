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
 * Calibrated rewards and advantages over R (Q, m, G). `rewards` is [peer][q * group + k]; null where there are none. One
 * backend does it for all: calibration needs every peer's rewards anyway. A single agent has no peers to be calibrated by.
 */
export async function groupAdvantages(
  peer: Peer,
  rewards: readonly (readonly Reward[])[],
  group: number,
  config: RunConfig,
): Promise<Advantages | null> {
  const peers = rewards.length
  const questions = rewards[0].length / group
  if (questions === 0) return null
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
    calibrate: config.calibration && config.method !== 'solo',
    scaleRewards: config.scaleRewards,
  })
  return new Advantages(report, peers, group)
}
