/** When a recording's events are played. Texts come word by word at an even pace: how fast a machine was is not what is to be seen. */
import type { Exchange, RunEvent } from '../../ilr/events'
import type { KeptEvent } from '../../runs/file/run_record'
import type { Stage } from '../../tasks/task'

/** An event and its moment, in milliseconds from the start. */
export interface Cue {
  readonly at: number
  readonly event: RunEvent
}

/** How long a stage takes to write, whoever writes and however much: all peers begin and end together. */
const WRITING: Readonly<Record<Stage, number>> = { share: 1000, analyze: 1400, fuse: 700 }
/** To see how the question is dealt with, before it is discussed. */
const DECIDING = 300
/** To see how the step before came out. With all stages a step takes five seconds. */
const LOOKING = 1600

/** The cues of a recording in order of time; what was known before the first step is at 0. */
export function cuesOf(events: readonly KeptEvent[]): readonly Cue[] {
  const cues: Cue[] = []
  let now = 0
  for (const event of events) {
    if (event.type === 'exchange') {
      if (now > 0) now += LOOKING
      now = addDiscussion(cues, event.step, event.exchange, now)
    }
    cues.push({ at: now, event })
  }
  return cues
}

/** Adds a discussion as it was told while it happened. @returns its end */
function addDiscussion(cues: Cue[], step: number, exchange: Exchange, begin: number): number {
  const { question, mode, judgement, peers } = exchange
  const write = (stage: Stage, start: number): number => {
    const said = Object.entries(peers).flatMap(([peer, texts]) =>
      texts.flatMap((one) => (one.stage === stage ? [{ peer, ...one }] : [])),
    )
    if (said.length === 0) return start
    const words = said.flatMap(({ peer, text: whole }) =>
      whole.split(/(?<=\s)(?=\S)/).map((text, i, all): Cue => {
        const at = start + (WRITING[stage] * i) / all.length
        return { at, event: { type: 'text', step, peer, stage, text } }
      }),
    )
    const end = start + WRITING[stage]
    const rewards = Object.fromEntries(said.map(({ peer, reward }) => [peer, reward]))
    cues.push(...words.sort((a, b) => a.at - b.at), {
      at: end,
      event: { type: 'marked', step, stage, rewards },
    })
    return end
  }
  cues.push({ at: begin, event: { type: 'question', step, question } })
  const shared = write('share', begin)
  if (mode === null) return shared
  cues.push({ at: shared, event: { type: 'discussion', step, question, mode, judgement } })
  return write('fuse', write('analyze', shared + DECIDING))
}
