/** When a recording's events are played. Texts come word by word at an even pace: how fast a machine was is not what is to be seen. */
import type { Exchange, RunEvent } from '../../ilr/events'
import type { KeptEvent } from '../../runs/file/run_record'
import type { Reward, Stage } from '../../tasks/task'

/** An event and its moment, in milliseconds from the start. */
export interface Cue {
  readonly at: number
  readonly event: RunEvent
}

/** How long a stage takes to write, whoever writes and however much: all peers begin and end together. */
const WRITING: Readonly<Record<Stage, number>> = { share: 1000, analyze: 1400, fuse: 700 }
/** To see how the question is dealt with, before it is discussed. */
const DECIDING = 300
/** To see how a step came out. With all stages a step takes five seconds. */
const LOOKING = 1600

/** The cues of a recording in order of time; what was known before the first step is at 0. */
export function cuesOf(events: readonly KeptEvent[]): readonly Cue[] {
  const cues: Cue[] = []
  let now = 0
  for (const event of events) {
    if (event.type === 'exchange') {
      if (event.step > 1) now += LOOKING
      const spoken = discussionCues(event.step, event.exchange, now)
      cues.push(...spoken.cues)
      now = spoken.end
    }
    cues.push({ at: now, event })
  }
  return cues
}

/** A discussion as it was told while it happened. */
function discussionCues(step: number, exchange: Exchange, begin: number): { cues: Cue[]; end: number } {
  const { question, mode, judgement } = exchange
  const cues: Cue[] = [{ at: begin, event: { type: 'question', step, question } }]
  const write = (stage: Stage, start: number) => {
    const said = textCues(step, exchange, stage, start)
    cues.push(...said)
    if (said.length === 0) return start
    const end = start + WRITING[stage]
    cues.push({ at: end, event: { type: 'marked', step, stage, rewards: rewardsIn(exchange, stage) } })
    return end
  }
  let now = write('share', begin)
  if (mode !== null) {
    cues.push({ at: now, event: { type: 'discussion', step, question, mode, judgement } })
    now = write('fuse', write('analyze', now + DECIDING))
  }
  return { cues, end: now }
}

function rewardsIn({ peers }: Exchange, stage: Stage): Record<string, Reward> {
  const rewards = Object.entries(peers).flatMap(([peer, texts]) =>
    texts.filter((one) => one.stage === stage).map(({ reward }) => [peer, reward] as const),
  )
  return Object.fromEntries(rewards)
}

function textCues(step: number, { peers }: Exchange, stage: Stage, start: number): Cue[] {
  const cues = Object.entries(peers).flatMap(([peer, texts]) => {
    const words = texts.find((one) => one.stage === stage)?.text.split(/(?<=\s)(?=\S)/) ?? []
    return words.map((text, i): Cue => {
      const at = start + (WRITING[stage] * i) / words.length
      return { at, event: { type: 'text', step, peer, stage, text } }
    })
  })
  return cues.sort((a, b) => a.at - b.at)
}
