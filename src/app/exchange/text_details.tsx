import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { type RunConfig, trainedStages } from '../../config/config'
import type { Stage } from '../../tasks/task'
import { Dialog } from '../controls'
import { fixed, signed } from '../format'
import '../styles/texts.css'
import { TokenLegend } from '../tokens/token_terms'
import { TokenText } from '../tokens/token_text'
import { type ExchangeView, STAGE_TITLES } from './exchange_view'
import { Rollouts } from './rollouts'
import { Letters } from './written_text'

/** A text whose details the visitor opened, in the discussion as it was then. */
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

/** All there is to one text: its letters and tokens, what it earned, what was learned from it, and its prompt. */
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
