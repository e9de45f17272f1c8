/** `npm run record`: runs the run that the page opens with, and records it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RunEvent } from '../ilr/events'
import { isKept, type KeptEvent } from '../runs/file/run_record'
import { RECORDED_RUN, recordingText, untimed } from '../runs/recording'
import { resultOf } from '../runs/reproduction'
import { shareLink } from '../runs/share_link'
import { runCommand } from './command'
import { ProgressLine } from './learn/learn_output'
import { modelOptions } from './learn/model_options'
import { openRun } from './learn/open_run'
import { fingerprintsHere } from './learn/shared_learn'
import type { Command } from './options'
import { ROOT } from './site/site'

const FILE = 'recordings/halves.jsonl'

const RECORD = {
  usage: 'npm run record --',
  about: `Runs the run that the page shows to first-time visitors, and writes it to ${FILE}.`,
  options: {},
} satisfies Command

await runCommand(RECORD, async () => {
  const config = RECORDED_RUN
  const models = modelOptions(null)
  const progress = new ProgressLine(process.stderr, config)
  const events: KeptEvent[] = []
  let done: Extract<RunEvent, { type: 'done' }> | null = null
  const { signal } = new AbortController()
  const options = { place: 'node', cores: null, models, transfer: {}, signal } as const
  for await (const event of await openRun(config, { ...options, say: (text) => console.error(text) })) {
    progress.show(event)
    if (isKept(event)) events.push(untimed(event))
    if (event.type === 'done') done = event
  }
  progress.clear()
  if (done === null) throw new Error('the run ended before its end')
  const result = resultOf(
    events.filter((event) => event.type === 'step'),
    events.filter((event) => event.type === 'eval'),
    config.peers.map(({ id }) => id),
  )
  const link = shareLink('', { config, models: await fingerprintsHere(config, models), result })
  const text = recordingText({ command: 'npm run record', link, config, digest: done.digest, events })
  writeFileSync(join(ROOT, FILE), text)
  const packed = gzipSync(text).length
  console.log(`${FILE}: ${done.steps} steps, ${text.length} characters, ${packed} bytes packed`)
  console.log(`digest ${done.digest}`)
})
