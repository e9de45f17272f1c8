import { useRef, useState } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import { ColloquyError } from '../../errors'
import { bytesText } from '../../report/format'
import type { RunSummary } from '../../runs/checkpoint_layout'
import { metricsCsv } from '../../runs/export/metrics'
import { transcript } from '../../runs/export/transcript'
import { EXTENSION, MOST_BYTES } from '../../runs/file/parts'
import { readRunFile } from '../../runs/file/read_run_file'
import type { RunRecord } from '../../runs/file/run_record'
import { writeRunFile } from '../../runs/file/write_run_file'
import { Button } from '../controls'
import { useAnswer } from '../on_demand'
import type { Page } from '../page'
import { errorText } from '../problem_text'
import { keptRun, runTitle, savedAtText } from './use_kept_runs'

/** Kept runs and run files. The list has its place from the start, so the first checkpoint of a run moves nothing. */
export function RunsSection({ page }: { readonly page: Page }) {
  const { saved, trouble, deleted, restore } = page.kept
  const runs = saved?.runs ?? []
  const readable = saved !== null || trouble === null
  return (
    <section class="runs" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      <RunFiles page={page} />
      <details class="notice kept-runs">
        <summary>Kept runs {readable ? `(${runs.length})` : '(cannot be read now)'}</summary>
        {runs.length + deleted.length > 0 || !readable ? null : (
          <p class="hint">None yet. A run is kept in this browser as it goes on, until you delete it.</p>
        )}
        <ul class="stack">
          {runs.map((run) => (
            <KeptRun key={run.id} page={page} run={run} />
          ))}
          {deleted.map((run) => (
            <li key={run.id} class="kept-run">
              <p>{runTitle(run)} was deleted.</p>
              <div class="row">
                <Button onClick={() => restore(run)}>Undo</Button>
              </div>
            </li>
          ))}
        </ul>
        <StorageHint version={saved} />
      </details>
    </section>
  )
}

function KeptRun({ page, run }: { readonly page: Page; readonly run: RunSummary }) {
  const { kept, comparison, over } = page
  const { config, step, ended } = run
  const elsewhere = kept.elsewhere.has(run.id)
  const beside = comparison.compared !== null && isSameRun(comparison.compared.config, config)
  const pinned = run.checkpoints.some((checkpoint) => checkpoint.step === step && checkpoint.pinned)
  return (
    <li class="kept-run">
      <label>
        <span class="visually-hidden">Name of the run of {runTitle(run)}</span>
        <input
          type="text"
          value={run.name}
          placeholder={runTitle({ ...run, name: '' })}
          onChange={({ currentTarget }) => kept.rename(run, currentTarget.value.trim())}
        />
      </label>
      <p>
        Step {step} of {config.steps}, {config.backend}
        {savedAtText(run.savedAt, Date.now())}
        {elsewhere ? '. It runs in another tab.' : ended ? '. It is over.' : '.'}
      </p>
      <div class="row">
        {elsewhere ? (
          <Button disabled={!over} onClick={() => void kept.open(run, page.readAlong)}>
            Read along
          </Button>
        ) : (
          <Button disabled={!over || ended} onClick={() => void kept.open(run, page.resume)}>
            Continue
          </Button>
        )}
        <Button
          disabled={!over}
          title="Shows its curves and its last discussion"
          onClick={() => void kept.open(run, page.show)}
        >
          Show
        </Button>
        <Button
          aria-pressed={beside}
          title="Draws its curves beside those of the run in view"
          onClick={() => (beside ? comparison.end() : void kept.open(run, comparison.with))}
        >
          {beside ? 'Compared' : 'Compare'}
        </Button>
        <Button
          aria-pressed={pinned}
          title="Keeps this checkpoint when later ones take the place of others"
          onClick={() => kept.pin(run, !pinned)}
        >
          {pinned ? 'Pinned' : 'Pin'}
        </Button>
        <Button disabled={!over || elsewhere} onClick={() => kept.forget(run.id)}>
          Delete
        </Button>
      </div>
    </li>
  )
}

/** @param version changes with the list of runs, which asks again */
function StorageHint({ version }: { readonly version: unknown }) {
  const [asked, setAsked] = useState(0)
  const room = useAnswer(async () => {
    const { usage, quota } = (await navigator.storage?.estimate()) ?? {}
    if (usage === undefined || quota === undefined) return null
    return { usage, quota, persisted: await navigator.storage.persisted() }
  }, [version, asked])
  if (room === null) return null
  return (
    <p class="hint">
      This page takes {bytesText(room.usage)} of the {bytesText(room.quota)} it may have.{' '}
      {room.persisted ? (
        'The browser keeps it until you clear it.'
      ) : (
        <>
          The browser may clear it when the disk is full.{' '}
          <Button onClick={() => void navigator.storage.persist().then(() => setAsked(asked + 1))}>
            Ask it not to
          </Button>
        </>
      )}
    </p>
  )
}

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

function RunFiles({ page }: { readonly page: Page }) {
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

function download({ contentOf, extension }: Takeaway, record: RunRecord): undefined {
  const { config, state } = record
  const preset = config.preset.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)
  const link = document.createElement('a')
  // A browser neither shows nor runs this type.
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
