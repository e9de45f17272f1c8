import { useState } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import { bytesText } from '../../report/format'
import type { RunSummary } from '../../runs/checkpoint_layout'
import { Button } from '../controls'
import { useAnswer } from '../on_demand'
import type { Page } from '../page'
import { RunFiles } from './run_files'
import { runTitle, savedAtText } from './run_title'

/** The runs as files, and those that this browser keeps. Their list has its place from the start, so that the first checkpoint of a run moves nothing. */
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

/**
 * How much room the page takes, as the browser tells it; nothing if it does not.
 * @param version changes with the list of runs, which asks again
 */
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
