/** Run files in and out of the page. Loaded with the first of them. */
import { ColloquyError } from '../../errors'
import { metricsCsv } from '../../runs/export/metrics'
import { transcript } from '../../runs/export/transcript'
import { EXTENSION, MOST_BYTES } from '../../runs/file/parts'
import { readRunFile } from '../../runs/file/read_run_file'
import type { RunRecord } from '../../runs/file/run_record'
import { writeRunFile } from '../../runs/file/write_run_file'

/** What a visitor can take along of a run. */
export type Takeaway = 'run' | 'transcript' | 'metrics'

const MAKERS: Readonly<Record<Takeaway, (record: RunRecord) => { content: BlobPart[]; extension: string }>> =
  {
    run: (record) => ({ content: writeRunFile(record), extension: EXTENSION }),
    transcript: (record) => ({ content: [transcript(record)], extension: '.md' }),
    metrics: (record) => ({ content: [metricsCsv(record)], extension: '.csv' }),
  }

/** Has the browser save it as a file. */
export function takeAway(what: Takeaway, record: RunRecord): void {
  const { content, extension } = MAKERS[what](record)
  // Of no type that a browser would show or run.
  const url = URL.createObjectURL(new Blob(content, { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${nameOf(record)}${extension}`
  link.click()
  // The download has its own hold on the content once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

function nameOf({ config, state }: RunRecord): string {
  const preset = config.preset.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)
  return `colloquy-${preset}-seed${config.seed}-step${state.step}`
}

/** @throws ColloquyError `storage` where it is no run file, or one that is damaged */
export async function bringIn(file: File): Promise<RunRecord> {
  if (file.size > MOST_BYTES)
    throw new ColloquyError({
      code: 'storage',
      what: 'run file',
      found: `${file.size} bytes`,
      wanted: `${MOST_BYTES} at most`,
      todo: 'Choose the file of a run',
    })
  return readRunFile(new Uint8Array(await file.arrayBuffer()))
}
