import { useEffect, useId, useRef } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { Stage } from '../../tasks/task'
import { Button } from '../controls'
import { fixed, signed } from '../format'
import '../styles/texts.css'
import { TokenLegend } from '../tokens/token_terms'
import { TokenText } from '../tokens/token_text'
import { type ExchangeView, STAGE_TITLES } from './exchange_view'
import { Rollouts } from './rollouts'

interface Props {
  readonly peer: string
  readonly stage: Stage
  readonly exchange: ExchangeView
  readonly config: RunConfig
  /** Whether the run trains this stage: only then there are advantages. */
  readonly trained: boolean
  readonly onClose: () => void
}

/** All there is to one text: its letters and tokens, what it earned, what was learned from it, and its prompt. */
export function TextDetails({ peer, stage, exchange, config, trained, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const label = `${peer}, ${stage}`
  const view = exchange.peers[peer]?.[stage] ?? null
  const tokens = view?.tokens ?? null
  const reward = view?.reward ?? null
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="text-details" aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>
          {peer}: {STAGE_TITLES[stage]}, step {exchange.step}
        </h2>
        <Button onClick={() => dialog.current?.close()}>Close</Button>
      </header>
      <section aria-label="The text, to the letter">
        <h3>The text, to the letter</h3>
        {view !== null && tokens !== null ? (
          <>
            <TokenText label={label} view={{ ...view, tokens }} trained={trained} />
            <TokenLegend config={config} />
          </>
        ) : (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
            <pre class="prompt" tabIndex={0}>
              {view?.text ?? ''}
            </pre>
            <p class="hint">
              {reward === null
                ? 'How likely each piece was comes when the step is done.'
                : 'This run was saved without the numbers of its tokens.'}
            </p>
          </>
        )}
      </section>
      <section aria-label="What did they learn from it?">
        <h3>What did they learn from it?</h3>
        <dl class="text-numbers">
          <div>
            <dt>reward</dt>
            <dd>{fixed(reward?.total)}</dd>
          </div>
          {trained ? (
            <>
              <div>
                <dt>calibrated</dt>
                <dd>{fixed(view?.calibratedReward)}</dd>
              </div>
              <div>
                <dt>advantage</dt>
                <dd>{signed(view?.advantage)}</dd>
              </div>
            </>
          ) : null}
          {reward === null ? null : (
            <div>
              <dt>made of</dt>
              <dd>{partsLine(reward.parts)}</dd>
            </div>
          )}
        </dl>
        {trained ? (
          <Rollouts group={view?.group ?? null} label={label} />
        ) : (
          <p class="hint">This run does not train this stage.</p>
        )}
      </section>
      <section aria-label="The prompt">
        <h3>The prompt</h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
        <pre class="prompt" tabIndex={0}>
          {view?.prompt ?? 'Shown once the step is done.'}
        </pre>
      </section>
    </dialog>
  )
}

function partsLine(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${fixed(value)}`)
    .join(', ')
}
