/** What a run came to, in sentences. */
import type { EndReason } from '../../ilr/events'
import type { RunConfig } from '../../runs/config'
import { fromTo, percent } from '../format'
import { type SkillRow, skillRows } from '../measures/skills'
import type { EvalEvent } from '../state'

export interface Ending {
  /** How far each peer came alone. */
  readonly gain: string
  /** Skills that a peer learned; empty where there are none. */
  readonly learned: string
  readonly lost: string
  /** Why the run ended before its last step; empty where it did not. */
  readonly why: string
  readonly skills: readonly SkillRow[]
}

interface Ended {
  readonly config: RunConfig
  readonly evals: readonly EvalEvent[]
  /** Finished steps. */
  readonly steps: number
  /** Null where the run does not say, as when a visitor stopped it. */
  readonly reason: EndReason | null
}

/** A skill counts as learned from this gain on, and as lost from this loss on. Tests of some dozen questions vary by chance. */
const LEARNED = 0.2
const LOST = 0.05

/** Sums a run up; null where nothing was tested. */
export function endingOf({ config, evals, steps, reason }: Ended): Ending | null {
  const [before, now] = [evals.at(0), evals.at(-1)]
  if (before === undefined || now === undefined) return null
  const peers = config.peers.map(({ id }) => id)
  const skills = skillRows(config.task, peers, before, now)
  // A whole question is what the first sentence is about.
  const parts = skills.filter(({ whole }) => !whole)
  const changes = parts.length < 2 ? [] : peers.flatMap((peer, index) => changesOf(peer, index, parts))
  const far = (least: number) =>
    changes.filter(({ gain }) => gain * Math.sign(least) >= Math.abs(least) - 1e-9)
  return {
    gain: gainSentence(peers, before, now),
    learned: byPeer(peers, far(LEARNED), 'learned'),
    lost: byPeer(peers, far(-LOST), 'got worse at'),
    why: whyEnded(reason, steps, config.steps),
    skills,
  }
}

interface Change {
  readonly peer: string
  readonly gain: number
  readonly words: string
}

function changesOf(peer: string, index: number, rows: readonly SkillRow[]): Change[] {
  return rows.flatMap(({ name, perPeer }) => {
    const { before, now } = perPeer[index]
    if (before === null || now === null) return []
    return [{ peer, gain: now - before, words: `“${name}” (${fromTo(before, now)})` }]
  })
}

function gainSentence(peers: readonly string[], before: EvalEvent, now: EvalEvent): string {
  if (before === now) {
    const each = peers.map((peer) => `${peer} is right in ${percent(before.solo[peer])}`)
    return `Tested only ${atStep(before.step)}: alone, ${listed(each)}. A gain takes a second test.`
  }
  let last = ''
  const each = peers.map((peer, index) => {
    const [from, to] = [before.solo[peer], now.solo[peer]].map((accuracy) => percent(accuracy))
    const verb = from === to ? 'stayed at' : before.solo[peer] < now.solo[peer] ? 'went from' : 'fell from'
    const said = verb === last ? verb.replace(/^\w+ /, '') : verb
    last = verb
    const range = from === to ? from : `${from} to ${to}`
    return `${peer} ${said} ${range}${index === 0 ? ' right alone' : ''}`
  })
  return `In ${counted(now.step - before.step)} ${each.join(', ')}.`
}

/** One sentence for each peer that has such changes. */
function byPeer(peers: readonly string[], changes: readonly Change[], verb: string): string {
  return peers
    .flatMap((peer) => {
      const own = changes.filter((change) => change.peer === peer)
      own.sort((a, b) => Math.abs(b.gain) - Math.abs(a.gain))
      return own.length === 0 ? [] : [`${peer} ${verb} ${listed(own.map(({ words }) => words))}.`]
    })
    .join(' ')
}

function whyEnded(reason: Ended['reason'], steps: number, planned: number): string {
  switch (reason) {
    case null:
      return steps < planned ? `It stopped after ${steps} of ${counted(planned)}.` : ''
    case 'steps':
      return ''
    case 'budget':
      return 'It ended because its token budgets are used up.'
    case 'early-stop':
      return 'It ended because the peers no longer got better on the validation questions.'
  }
}

function atStep(step: number): string {
  return step === 0 ? 'before the first step' : `at step ${step}`
}

export function counted(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
