import { useRef, useState } from 'preact/hooks'
import type { RunRecord } from '../../runs/file/run_record'
import { Button } from '../controls'
import type { Page } from '../page'
import { errorText } from '../problem_text'
import { useAnswer } from '../use_on_demand'
import type { Takeaway } from './run_files_io'
import { runTitle } from './run_title'

const TAKEAWAYS: readonly (readonly [what: Takeaway, label: string])[] = [
  ['run', 'Export run'],
  ['transcript', 'Transcript'],
  ['metrics', 'Metrics'],
]

/** Exports the run in view as a file, and imports one. */
export function RunFiles({ page }: { readonly page: Page }) {
  const { engine, over } = page
  const { config } = page.run
  // The list of kept runs tells what is wrong with the store.
  const kept = useAnswer(
    async () => config && (await engine.keptStep(config)),
    [engine, config, page.kept.saved],
  )
  const [waiting, setWaiting] = useState<{ record: RunRecord; here: number } | null>(null)
  const input = useRef<HTMLInputElement>(null)
  /** What came of the last press. */
  const [said, setSaid] = useState({ role: 'status' as 'status' | 'alert', text: '' })
  const attempt = async (work: () => Promise<string>) => {
    setSaid({ role: 'status', text: '' })
    try {
      setSaid({ role: 'status', text: await work() })
    } catch (error) {
      setSaid({ role: 'alert', text: errorText(error) })
    }
  }

  const take = (what: Takeaway) =>
    attempt(async () => {
      if (config === null) return ''
      const { takeAway } = await import('./run_files_io')
      takeAway(what, await engine.record(config))
      return ''
    })
  const keep = async (record: RunRecord) => {
    await engine.keep(record)
    setWaiting(null)
    void page.imported(record)
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
      return ''
    })

  return (
    <section class="notice notice-actionable run-files" aria-label="Run as a file">
      <p>
        {kept === null || config === null
          ? 'A run can be taken along as a file once a step of it is saved.'
          : `Saved up to step ${kept} of ${config.steps}. Take it along as a file, or read what was said.`}
      </p>
      <div class="notice-actions">
        {TAKEAWAYS.map(([what, label]) => (
          <Button key={what} disabled={kept === null} onClick={() => void take(what)}>
            {label}
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
            if (file) void bring(file)
          }}
        />
      </div>
      <p class="run-files-said" role={said.role}>
        {said.text}
      </p>
      {waiting === null || !over ? null : (
        <div class="stack run-files-conflict" role="alert">
          <p>
            This browser has that run already, at step {waiting.here}. The file is at step{' '}
            {waiting.record.state.step}.
          </p>
          <div class="notice-actions">
            <Button onClick={() => setWaiting(null)}>Keep what is here</Button>
            <Button onClick={() => void attempt(() => keep(waiting.record))}>Replace it by the file</Button>
          </div>
        </div>
      )}
    </section>
  )
}
