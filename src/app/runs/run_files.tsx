import { useRef, useState } from 'preact/hooks'
import { ColloquyError } from '../../errors'
import { metricsCsv } from '../../runs/export/metrics'
import { transcript } from '../../runs/export/transcript'
import { EXTENSION, MOST_BYTES } from '../../runs/file/parts'
import { readRunFile } from '../../runs/file/read_run_file'
import type { RunRecord } from '../../runs/file/run_record'
import { writeRunFile } from '../../runs/file/write_run_file'
import { Button } from '../controls'
import type { Page } from '../page'
import { errorText } from '../problem_text'
import { runTitle } from './run_title'
import { keptRun } from './use_kept_runs'

/** What a visitor can take along of a run. */
interface Takeaway {
  readonly label: string
  readonly extension: string
  contentOf(record: RunRecord): BlobPart[]
}

const TAKEAWAYS: readonly Takeaway[] = [
  { label: 'Export run', extension: EXTENSION, contentOf: writeRunFile },
  { label: 'Transcript', extension: '.md', contentOf: (record) => [transcript(record)] },
  { label: 'Metrics', extension: '.csv', contentOf: (record) => [metricsCsv(record)] },
]

/** Exports the run in view as a file, and imports one. */
export function RunFiles({ page }: { readonly page: Page }) {
  const { engine, over } = page
  const { config } = page.run
  const kept = config && keptRun(page.kept.saved, config)
  const [waiting, setWaiting] = useState<{ record: RunRecord; here: number } | null>(null)
  const input = useRef<HTMLInputElement>(null)
  /** What came of the last press. */
  const [said, setSaid] = useState({ role: 'status' as 'status' | 'alert', text: '' })
  const attempt = async (work: () => Promise<string | undefined>) => {
    setSaid({ role: 'status', text: '' })
    try {
      setSaid({ role: 'status', text: (await work()) ?? '' })
    } catch (error) {
      setSaid({ role: 'alert', text: errorText(error) })
    }
  }
  const keep = async (record: RunRecord) => {
    await engine.keep(record)
    setWaiting(null)
    page.imported(record)
    const { config: brought, state } = record
    return `${runTitle({ name: '', config: brought })} is in view, at step ${state.step} of ${brought.steps}.`
  }
  const bring = async (file: File) => {
    const record = await readFile(file)
    // Another tab may have kept it since.
    const here = keptRun(await engine.savedRuns(), record.config)
    if (here === null) return keep(record)
    setWaiting({ record, here: here.step })
  }

  return (
    <section class="notice row run-files" aria-label="Run as a file">
      <p>
        {kept === null
          ? 'A run can be taken along as a file once a step of it is saved.'
          : `Saved up to step ${kept.step} of ${kept.config.steps}. Take it along as a file, or read what was said.`}
      </p>
      <div class="row">
        {TAKEAWAYS.map((what) => (
          <Button
            key={what.label}
            disabled={kept === null}
            onClick={() => kept && void attempt(async () => download(what, await engine.record(kept.config)))}
          >
            {what.label}
          </Button>
        ))}
        <Button disabled={!over} onClick={() => input.current?.click()}>
          Import run…
        </Button>
        <input
          ref={input}
          type="file"
          accept=".zip"
          hidden
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            // The same file can be chosen again.
            currentTarget.value = ''
            if (file) void attempt(() => bring(file))
          }}
        />
      </div>
      <p class="run-files-said" role={said.role}>
        {said.text}
      </p>
      {waiting === null || !over ? null : (
        <div class="stack" role="alert">
          <p>
            This browser has that run already, at step {waiting.here}. The file is at step{' '}
            {waiting.record.state.step}.
          </p>
          <div class="row">
            <Button onClick={() => setWaiting(null)}>Keep what is here</Button>
            <Button onClick={() => void attempt(() => keep(waiting.record))}>Replace it by the file</Button>
          </div>
        </div>
      )}
    </section>
  )
}

/** Has the browser save it as a file. */
function download({ contentOf, extension }: Takeaway, record: RunRecord): undefined {
  const { config, state } = record
  const preset = config.preset.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)
  const link = document.createElement('a')
  // Of no type that a browser would show or run.
  link.href = URL.createObjectURL(new Blob(contentOf(record), { type: 'application/octet-stream' }))
  link.download = `colloquy-${preset}-seed${config.seed}-step${state.step}${extension}`
  link.click()
  // The download has its own hold on the content once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** @throws ColloquyError `storage` where it is no run file, or one that is damaged */
async function readFile(file: File): Promise<RunRecord> {
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
