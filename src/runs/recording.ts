/**
 * A recorded run for first-time visitors: its kept events, and what it takes to run it again. The file is
 * JSON Lines: a head, then the events as in a run file. It has no state, so nothing can resume from it.
 */

import type { RunConfig } from '../config/config'
import { readRunConfig } from '../config/migrations'
import { presetConfig } from '../config/presets'
import { z } from '../schema'
import { checkChain } from './file/digest_chain'
import { eventLine, readEventLines } from './file/event_lines'
import { checkedBy, damaged, parsedJson, sha256 } from './file/field'
import type { KeptEvent } from './file/run_record'

export interface Recording {
  /** The command that made it. */
  readonly command: string
  /** Link to the run with its result: the part of an address from `#` on. */
  readonly link: string
  readonly config: RunConfig
  /** Digest after the last step. */
  readonly digest: string
  readonly events: readonly KeptEvent[]
}

/** The run that `npm run record` records: the page's initial one. */
export const RECORDED_RUN: RunConfig = presetConfig('halves', { seed: 7 })

const PART = 'recording'

const headSchema = z.strictObject({
  command: z.string(),
  link: z.string().regex(/^#run=/, 'a link that begins with #run='),
  config: z.unknown(),
  digest: sha256,
})

export function recordingText({ events, ...head }: Recording): string {
  return `${JSON.stringify(head)}\n${events.map(eventLine).join('')}`
}

/**
 * Returns an event without its times, because the recording machine's speed says nothing about the visitor's.
 */
export function untimed(event: KeptEvent): KeptEvent {
  if (event.type === 'eval') return { ...event, seconds: 0 }
  if (event.type !== 'step') return event
  const metrics = Object.entries(event.metrics).filter(([name]) => !/^(step_time$|ilr\/seconds\/)/.test(name))
  return { ...event, metrics: Object.fromEntries(metrics) }
}

/**
 * Reads the text of `recordingText` for a run that made all its steps.
 * @throws ColloquyError `storage`, or `config` for a setting, naming the line and the field at fault
 */
export function readRecording(text: string): Recording {
  const end = text.indexOf('\n')
  if (end < 0) throw damaged(PART, '', 'one line at most', 'a head and events')
  const where = `${PART} line 1`
  const head = checkedBy(headSchema, parsedJson(text.slice(0, end), where), where)
  const config = readRunConfig(head.config)
  const events = readEventLines(text.slice(end + 1), `${PART}, after its head:`, config, config.steps)
  checkChain(events, PART, head.digest)
  return { ...head, config, events }
}
