import type { Stage } from '../../tasks/task'
import { fixed, signed } from '../format'
import { peerColour } from '../peer_colour'
import type { TokenSwitch } from '../tokens/use_token_switch'
import type { StageView } from './exchange_view'
import { RolloutsDisclosure } from './rollouts_disclosure'
import { Verdict } from './verdict'
import { WrittenText } from './written_text'

interface Props {
  readonly peer: string
  readonly index: number
  readonly stage: Stage
  readonly view: StageView | null
  readonly writing: boolean
  /** Whether this run trains this stage: only then there are advantages. */
  readonly trained: boolean
  readonly tokens: TokenSwitch
}

/** One peer's text of one stage. Its height never changes, so that nothing jumps while text streams in. */
export function StageCard({ peer, index, stage, view, writing, trained, tokens }: Props) {
  const reward = view?.reward ?? null
  const label = `${peer}, ${stage}`
  const inspected = view !== null && view.tokens !== null ? { ...view, tokens: view.tokens } : null
  return (
    <article
      class="stage-card"
      aria-label={label}
      data-stage={stage}
      style={{ '--peer': `var(${peerColour(index)})` }}
    >
      <header>
        <span class="peer-name">{peer}</span>
        <Verdict what={stage === 'analyze' ? 'verdicts' : 'answer'} correct={reward?.correct ?? null} />
      </header>
      {tokens.parts !== null && inspected !== null ? (
        <tokens.parts.TokenText label={label} view={inspected} trained={trained} />
      ) : (
        <>
          <WrittenText text={view?.text ?? ''} writing={writing && reward === null} />
          {tokens.on ? (
            <div class="token-facts">
              <p class="hint">
                {reward === null || inspected !== null
                  ? 'The numbers of the tokens come when the step is done.'
                  : 'This run was kept without the numbers of its tokens.'}
              </p>
            </div>
          ) : null}
        </>
      )}
      <dl class="stage-numbers">
        <div title={reward === null ? undefined : partsLine(reward.parts)}>
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
              <dd class={tone(view?.advantage)}>{signed(view?.advantage)}</dd>
            </div>
          </>
        ) : (
          <div class="quiet">not trained</div>
        )}
      </dl>
      <div class="stage-more">
        <details>
          <summary>Prompt</summary>
          <pre class="prompt">{view?.prompt ?? 'Shown once the step is done.'}</pre>
        </details>
        {trained ? <RolloutsDisclosure group={view?.group ?? null} label={label} /> : null}
      </div>
    </article>
  )
}

function tone(advantage: number | null | undefined): string {
  if (advantage === null || advantage === undefined || Math.abs(advantage) < 0.005) return ''
  return advantage > 0 ? 'up' : 'down'
}

function partsLine(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${fixed(value)}`)
    .join(', ')
}
