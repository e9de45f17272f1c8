import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { trainedStages } from '../../config/training'
import type { RolloutGroup } from '../../ilr/events'
import type { Stage } from '../../tasks/task'
import { Dialog } from '../controls'
import { fixed, signed } from '../format'
import { Table } from '../parts'
import { TokenLegend, TokenText, tinted } from '../tokens/token_text'
import { type ExchangeView, STAGE_TITLES } from './exchange_view'
import { Letters } from './written_text'
import '../styles/texts.css'

export interface TextOfInterest {
  readonly peer: string
  readonly stage: Stage
  readonly exchange: ExchangeView
}

interface Props extends TextOfInterest {
  /** The discussion in view: the details are kept up to date until another question is discussed. */
  readonly now: ExchangeView | null
  readonly config: RunConfig
  readonly onClose: () => void
}

export function TextDetails({ peer, stage, exchange, now, config, onClose }: Props) {
  const latest = useRef(exchange)
  if (now?.step === exchange.step && now.question.id === exchange.question.id) latest.current = now
  const label = `${peer}, ${stage}`
  const view = latest.current.peers[peer]?.[stage]
  const reward = view?.reward ?? null
  // Only then there are advantages.
  const trained = trainedStages(config).includes(stage)
  const numbers: readonly (readonly [term: string, value: string])[] = [
    ['reward', fixed(reward?.total)],
    ...(trained
      ? ([
          ['calibrated', fixed(view?.calibratedReward)],
          ['advantage', signed(view?.advantage)],
        ] as const)
      : []),
    ...(reward === null ? [] : ([['made of', partsLine(reward.parts)]] as const)),
  ]
  return (
    <Dialog kind="text" title={`${peer}: ${STAGE_TITLES[stage]}, step ${exchange.step}`} onClose={onClose}>
      <Part title="The text, to the letter">
        {view?.tokens !== undefined ? (
          <>
            <TokenText
              label={label}
              text={view.text}
              tokens={view.tokens}
              advantage={trained ? (view.advantage ?? 0) : null}
            />
            <TokenLegend config={config} />
          </>
        ) : (
          <>
            <Letters>{view?.text ?? ''}</Letters>
            <p class="hint">
              {reward === null
                ? 'How likely each piece was comes when the step is done.'
                : 'This run was saved without the numbers of its tokens.'}
            </p>
          </>
        )}
      </Part>
      <Part title="What did they learn from it?">
        <dl class="row text-numbers">
          {numbers.map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {trained ? (
          <Rollouts group={view?.group ?? null} label={label} />
        ) : (
          <p class="hint">This run does not train this stage.</p>
        )}
      </Part>
      <Part title="The prompt">
        <Letters>{view?.prompt ?? 'Shown once the step is done.'}</Letters>
      </Part>
    </Dialog>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  )
}

function partsLine(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${fixed(value)}`)
    .join(', ')
}

/** @param group null until the step is done, and in runs that were saved without */
function Rollouts({ group, label }: { group: RolloutGroup | null; label: string }) {
  if (group === null)
    return <p class="hint">All tries are shown once the step is done. Some older runs have none.</p>
  const { rewards, correct, calibrated, advantages } = group
  const largest = Math.max(...advantages.map(Math.abs))
  return (
    <div class="rollouts">
      <p>
        <strong>
          All {rewards.length} tries{largest === 0 ? ' scored the same' : ''}
        </strong>
      </p>
      <p class="hint">
        {largest === 0
          ? 'No try is better than the others: every advantage is 0, and nothing is learned from them.'
          : 'The same question, tried again and again. The update makes tries above the average likelier, and those below it rarer.'}
      </p>
      <Table
        class="numbers"
        aria-label={`All tries of ${label}`}
        columns={[
          'try',
          'reward',
          <span title="the reward, moved by how the other peers did on the same question">calibrated</span>,
          <span title="how much better than the rest of the group">advantage</span>,
        ]}
        rows={rewards.map((reward, k) => [
          <Try k={k} correct={correct[k]} />,
          fixed(reward),
          fixed(calibrated[k]),
          <span class="advantage" {...tinted((0.8 * advantages[k]) / (largest || 1))}>
            {signed(advantages[k])}
          </span>,
        ])}
      />
    </div>
  )
}

function Try({ k, correct }: { k: number; correct: boolean }) {
  return (
    <>
      {k + 1}
      <span class={correct ? 'up' : 'down'}>
        <span aria-hidden="true"> {correct ? '✓' : '✗'}</span>
        <span class="visually-hidden">{correct ? ', right' : ', wrong'}</span>
      </span>
      {k === 0 ? <span class="quiet"> this text</span> : null}
    </>
  )
}
