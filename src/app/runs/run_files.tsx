import { useEffect, useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { RunRecord } from '../../runs/file/run_record'
import type { Engine } from '../engine'
import { errorText } from '../problem_text'
import type { Takeaway } from './run_files_io'
import { runTitle } from './run_title'

/** What came of the last press. */
interface Said {
  readonly kind: 'done' | 'wrong'
  readonly text: string
}

interface Props {
  readonly engine: Engine
  /** Of the run in view, or of the one that can be gone on with; null where there is none. */
  readonly config: RunConfig | null
  /** Changes whenever what is kept of it may have changed. */
  readonly version: unknown
  /** Whether no run is on: only then another one can come into view. */
  readonly over: boolean
  readonly onImported: (record: RunRecord) => void
}

/** Takes the run in view along as a file, and brings one back. */
export function RunFiles({ engine, config, version, over, onImported }: Props) {
  const kept = useKeptStep(engine, config, version)
  const [waiting, setWaiting] = useState<{ record: RunRecord; here: number } | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState<Said | null>(null)
  const attempt = async (work: () => Promise<string | null>) => {
    setSaid(null)
    try {
      const text = await work()
      if (text !== null) setSaid({ kind: 'done', text })
    } catch (error) {
      setSaid({ kind: 'wrong', text: errorText(error) })
    }
  }

  const take = (what: Takeaway) =>
    attempt(async () => {
      if (config === null) return null
      const { takeAway } = await import('./run_files_io')
      takeAway(what, await engine.record(config))
      return null
    })
  const keep = async (record: RunRecord) => {
    await engine.keep(record)
    setWaiting(null)
    onImported(record)
    const { config: brought, state } = record
    return `${runTitle({ name: '', config: brought })} is in view, at step ${state.step} of ${brought.steps}.`
  }
  const bring = (file: File) =>
    attempt(async () => {
      const { bringIn } = await import('./run_files_io')
      const record = await bringIn(file)
      const here = await engine.keptStep(record.config)
      if (here === null) return keep(record)
      setWaiting({ record, here })
      return null
    })

  return (
    <section class="notice notice-actionable run-files" aria-label="Run as a file">
      <p>
        {kept === null || config === null
          ? 'A run can be taken along as a file once a step of it is saved.'
          : `Saved up to step ${kept} of ${config.steps}. Take it along as a file, or read what was said.`}
      </p>
      <div class="notice-actions">
        <button type="button" class="button" disabled={kept === null} onClick={() => take('run')}>
          Export run
        </button>
        <button type="button" class="button" disabled={kept === null} onClick={() => take('transcript')}>
          Transcript
        </button>
        <button type="button" class="button" disabled={kept === null} onClick={() => take('metrics')}>
          Metrics
        </button>
        <button type="button" class="button" disabled={!over} onClick={() => input.current?.click()}>
          Import run…
        </button>
        <input
          ref={input}
          type="file"
          accept=".zip"
          hidden
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            // The same file can be chosen again.
            currentTarget.value = ''
            if (file) void bring(file)
          }}
        />
      </div>
      <p class="run-files-said" role={said?.kind === 'wrong' ? 'alert' : 'status'}>
        {said?.text}
      </p>
      {waiting === null || !over ? null : (
        <div class="stack run-files-conflict" role="alert">
          <p>
            This browser has that run already, at step {waiting.here}. The file is at step{' '}
            {waiting.record.state.step}.
          </p>
          <div class="notice-actions">
            <button type="button" class="button" onClick={() => setWaiting(null)}>
              Keep what is here
            </button>
            <button type="button" class="button" onClick={() => void attempt(() => keep(waiting.record))}>
              Replace it by the file
            </button>
          </div>
        </div>
      )}
    </section>
  )
}

/** The step that the run of this configuration is kept at; null where it is not, or not known yet. */
function useKeptStep(engine: Engine, config: RunConfig | null, version: unknown): number | null {
  const [kept, setKept] = useState<number | null>(null)
  useEffect(() => {
    let current = true
    if (config === null) setKept(null)
    else
      engine.keptStep(config).then(
        (step) => current && setKept(step),
        // What is wrong with the store is said by the list of kept runs, and by a run that is on.
        () => current && setKept(null),
      )
    return () => {
      current = false
    }
  }, [engine, config, version])
  return kept
}
