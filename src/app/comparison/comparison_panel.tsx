import { differingSettings } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import { Button } from '../controls'
import { compact } from '../format'
import { Table } from '../parts'
import { METHOD_TITLES, settingLabel, settingText } from '../settings/settings'
import type { ViewState } from '../state'
import { type ComparedRun, type GainRow, gainRows, type Tested, verdictOf } from './verdict'

interface Props {
  /** Of the run in view, to its end where that is known; null where there is none. */
  readonly config: RunConfig | null
  readonly evals: ViewState['evals']
  readonly compared: ComparedRun | null
  readonly over: boolean
  /** Runs the run in view again without discussion, beside it. */
  readonly onSingleAgent: (discussed: RunConfig) => void
  readonly onEnd: () => void
}

/** The run in view beside another one: gains and differing settings. The right column has the curves of both. */
export function ComparisonPanel({ config, evals, compared, over, onSingleAgent, onEnd }: Props) {
  const inView = config === null || evals.length === 0 ? null : { config, evals }
  const discussed = inView?.config.method === 'ilr' ? inView.config : null
  return (
    <section class="stack comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title">
        {compared === null ? 'What does discussing add?' : `Beside “${compared.title}”`}
      </h2>
      {compared !== null && config !== null ? (
        <SideBySide one={{ config, evals }} other={compared} />
      ) : compared !== null ? (
        <p>Its curve is in the chart, dotted. Let a run learn, or show a kept one, to see both.</p>
      ) : (
        <p>
          Here a run stands beside the same run without discussion, in which each peer practises alone for as
          many steps. What the peers can do at the end of the one and not of the other, they have from
          discussing. {inView === null ? 'First let them learn and discuss.' : null}
        </p>
      )}
      {compared === null && inView !== null ? (
        <GainTable names={[METHOD_TITLES[inView.config.method]]} runs={[inView]} rows={gainRows(inView)} />
      ) : null}
      <div class="row">
        {discussed === null ? null : (
          <Button disabled={!over} onClick={() => onSingleAgent(discussed)}>
            The same without discussion
          </Button>
        )}
        {compared === null ? null : <Button onClick={onEnd}>Stop comparing</Button>}
      </div>
    </section>
  )
}

function SideBySide({ one, other }: { one: Tested; other: ComparedRun }) {
  const { names, sentence, rows, swapped } = verdictOf(one, other)
  const runs = swapped ? [other, one] : [one, other]
  const [first, second] = runs.map(({ config }) => config)
  const differing = differingSettings(first, second)
  return (
    <>
      <p class="comparison-verdict">{sentence}</p>
      <div class="columns">
        <GainTable names={names} runs={runs} rows={rows} />
        {differing.length === 0 ? (
          <p>No setting differs: the same run twice ends the same.</p>
        ) : (
          <Table
            caption={`${differing.length} ${differing.length === 1 ? 'setting differs' : 'settings differ'}`}
            columns={['Setting', ...names]}
            rows={differing.map((name) => [
              settingLabel(name) ?? <code>{name}</code>,
              settingText(name, first[name]),
              settingText(name, second[name]),
            ])}
          />
        )}
      </div>
    </>
  )
}

function GainTable({ names, runs, rows }: { names: string[]; runs: Tested[]; rows: GainRow[] }) {
  const tests = runs.map(({ evals }) => evals.at(-1))
  const titles = names.map((name, i) => (tests[i] === undefined ? name : `${name}, step ${tests[i].step}`))
  return (
    <Table
      caption="Right alone, first test → last test"
      columns={['Peer', ...titles, ...(runs.length === 2 ? ['Points ahead'] : [])]}
      rows={rows.map(({ peer, gains, ahead }) => [peer ?? 'mean', ...gains, ahead])}
      footer={['tokens written', ...tests.map((test) => (test ? compact(test.generatedTokens) : '–'))]}
    />
  )
}
