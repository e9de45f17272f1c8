import { differingSettings } from '../../runs/comparison'
import type { RunConfig } from '../../runs/config'
import { Button } from '../controls'
import { compact } from '../format'
import { settingLabel, settingText } from '../settings/settings'
import type { ViewState } from '../state'
import { type ComparedRun, type Verdict, verdictOf } from './verdict'

interface Props {
  /** Of the run in view; null where there is none. */
  readonly config: RunConfig | null
  readonly evals: ViewState['evals']
  readonly compared: ComparedRun | null
  /** Runs the run in view again without discussion, beside it; null while a run is on or a recording plays. */
  readonly onSingleAgent: ((discussed: RunConfig) => void) | null
  readonly onEnd: () => void
}

/** The run in view beside another one: gains and differing settings. The right column has the curves of both. */
export function ComparisonPanel({ config, evals, compared, onSingleAgent, onEnd }: Props) {
  const discussed = config?.method === 'ilr' && evals.length > 0 ? config : null
  const offered = discussed !== null && onSingleAgent !== null
  return (
    <section class="stack comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title">
        {compared === null ? 'What does discussing add?' : `Beside “${compared.title}”`}
      </h2>
      {compared !== null && config !== null ? (
        <SideBySide one={{ config, evals }} other={compared} />
      ) : (
        <p>
          {compared !== null
            ? 'Its curve is in the chart, dotted. Let a run learn, or show a kept one, to see both.'
            : offered
              ? 'Run the same again without discussion: each peer practises alone, for as many steps.'
              : 'Let them learn and discuss. Then one press runs the same without discussion, beside it.'}
        </p>
      )}
      <div class="notice-actions">
        {offered ? (
          <Button onClick={() => onSingleAgent(discussed)}>The same without discussion</Button>
        ) : null}
        {compared === null ? null : <Button onClick={onEnd}>Stop comparing</Button>}
      </div>
    </section>
  )
}

type Tested = Pick<ComparedRun, 'config' | 'evals'>

function SideBySide({ one, other }: { one: Tested; other: ComparedRun }) {
  const verdict = verdictOf(one, other)
  const inOrder = verdict.swapped ? [other, one] : [one, other]
  return (
    <>
      <p class="comparison-verdict">{verdict.sentence}</p>
      <div class="columns">
        <GainTable verdict={verdict} runs={inOrder} />
        <SettingsTable runs={inOrder} names={verdict.names} />
      </div>
    </>
  )
}

function GainTable({ verdict, runs }: { verdict: Verdict; runs: Tested[] }) {
  return (
    <table>
      <caption>Right alone, first test → last test</caption>
      <thead>
        <tr>
          <th scope="col">Peer</th>
          {runs.map((run, i) => (
            <th key={i} scope="col">
              {verdict.names[i]}
              {run.evals.length === 0 ? '' : `, step ${run.evals.at(-1)?.step}`}
            </th>
          ))}
          <th scope="col">Points ahead</th>
        </tr>
      </thead>
      <tbody>
        {verdict.rows.map(({ peer, gains, ahead }) => (
          <tr key={peer}>
            <th scope="row">{peer ?? 'mean'}</th>
            {gains.map((gain, i) => (
              <td key={i}>{gain}</td>
            ))}
            <td>{ahead}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">tokens written</th>
          {runs.map(({ evals }, i) => (
            <td key={i}>{evals.length === 0 ? '–' : compact(evals.at(-1)?.generatedTokens ?? 0)}</td>
          ))}
          <td />
        </tr>
      </tfoot>
    </table>
  )
}

function SettingsTable({ runs: [one, other], names }: { runs: Tested[]; names: Verdict['names'] }) {
  const differing = differingSettings(one.config, other.config)
  if (differing.length === 0) return <p>No setting differs: the same run twice ends the same.</p>
  return (
    <table>
      <caption>
        {differing.length} {differing.length === 1 ? 'setting differs' : 'settings differ'}
      </caption>
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">{names[0]}</th>
          <th scope="col">{names[1]}</th>
        </tr>
      </thead>
      <tbody>
        {differing.map((name) => (
          <tr key={name}>
            <th scope="row">{settingLabel(name) ?? <code>{name}</code>}</th>
            <td>{settingText(name, one.config[name])}</td>
            <td>{settingText(name, other.config[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
