import { differingSettings } from '../../runs/comparison'
import type { RunConfig } from '../../runs/config'
import { settingLabel, settingText } from '../settings/settings'
import type { ViewState } from '../state'
import type { ComparedRun } from './compared_run'
import { GainTable } from './gain_table'

interface Props {
  /** The run in view, where there is one. */
  readonly run: Pick<ViewState, 'config' | 'evals'>
  readonly compared: ComparedRun | null
  /** Runs the run in view once more as single agents, beside it; null while a run is on. */
  readonly onSingleAgent: ((discussed: RunConfig) => void) | null
  readonly onEnd: () => void
}

/** What sets the run in view apart from another one; the curves of both are in the charts. */
export function ComparisonPanel({ run: { config, evals }, compared, onSingleAgent, onEnd }: Props) {
  const discussed = config?.method === 'ilr' && evals.length > 0 ? config : null
  const offered = discussed !== null && onSingleAgent !== null
  if (compared === null && !offered) return null
  return (
    <section class="notice comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title">
        {compared === null ? 'What did the discussion bring?' : `Beside “${compared.title}”`}
      </h2>
      {compared === null ? null : config === null ? (
        <p>
          Its curves are in the charts, dotted. Let a run learn, or show a kept one, to see both side by side.
        </p>
      ) : (
        <div class="comparison-parts">
          <GainTable one={{ config, evals }} other={compared} />
          <SettingsTable one={config} other={compared.config} />
        </div>
      )}
      {offered ? (
        <p>
          A single agent is the same run without a discussion: every peer learns from its own answers only,
          for as many steps.
        </p>
      ) : null}
      <div class="notice-actions">
        {offered ? (
          <button type="button" class="button" onClick={() => onSingleAgent(discussed)}>
            Compare with a single agent
          </button>
        ) : null}
        {compared === null ? null : (
          <button type="button" class="button" onClick={onEnd}>
            Stop comparing
          </button>
        )}
      </div>
    </section>
  )
}

function SettingsTable({ one, other }: { one: RunConfig; other: RunConfig }) {
  const names = differingSettings(one, other)
  if (names.length === 0) return <p>No setting differs: both are the same run, and come out the same.</p>
  return (
    <table>
      <caption>
        {names.length} {names.length === 1 ? 'setting differs' : 'settings differ'}
      </caption>
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">This run</th>
          <th scope="col">The other</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{settingLabel(name) ?? <code>{name}</code>}</th>
            <td>{settingText(name, one[name])}</td>
            <td>{settingText(name, other[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
