import type { RunConfig } from '../../config/config'
import { whyMode, whyNotDiscussed } from '../../ilr/interaction/mode_reason'
import { fixed } from '../format'
import { PeerName, Table } from '../parts'
import { type ExchangeView, isLeftOut } from './exchange_view'

interface Props {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  readonly config: RunConfig
}

const DIFFICULTY: Readonly<Record<RunConfig['difficultyJudge'], string>> = {
  confidence: 'how unsure the peer is on this question among others, 0 to 1',
  prompt: 'where the peer, when asked, ranks this question among others, 0 to 1',
}

/** Whether the peers cooperate or compete on this question, in one line; the numbers behind it are folded away. */
export function ModeReason({ exchange, peers, config }: Props) {
  const mode = exchange?.mode ?? null
  return (
    <div class="row mode" data-mode={mode ?? 'none'}>
      <p class="mode-line">
        <span>{reason(exchange, config)}</span>
      </p>
      {config.method === 'ilr' ? (
        <details class="mode-why" data-shown={mode !== null}>
          <summary>
            Why
            <span class="visually-hidden"> do they {mode === 'compete' ? 'compete' : 'work together'}</span>?
          </summary>
          <p class="hint">
            {config.interaction === 'dynamic'
              ? 'P is the chance that a peer solves the question alone. Below 0.50 on average they work together, else they compete.'
              : 'This run does not decide by the chance P that a peer solves the question alone.'}
          </p>
          {exchange === null || Object.keys(exchange.judgement).length === 0 ? null : (
            <JudgementTable exchange={exchange} peers={peers} config={config} />
          )}
        </details>
      ) : null}
    </div>
  )
}

function JudgementTable({ exchange, peers, config }: Props) {
  return (
    <Table
      class="numbers judgement"
      columns={[
        'peer',
        <span title="share of validation questions it solves alone">ability γ</span>,
        <span title={DIFFICULTY[config.difficultyJudge]}>difficulty D</span>,
        <span title="1 / (1 + exp(−1.7 (γ − D)))">P(solves)</span>,
      ]}
      rows={peers.map((peer, index) => {
        const judged = exchange?.judgement[peer]
        return [
          <PeerName index={index}>{peer}</PeerName>,
          fixed(judged?.ability),
          fixed(judged?.difficulty),
          fixed(judged?.p),
        ]
      })}
    />
  )
}

function reason(exchange: ExchangeView | null, config: RunConfig): string {
  if (exchange === null ? config.method !== 'ilr' : isLeftOut(exchange)) return whyNotDiscussed(config.method)
  if (exchange?.mode == null) return 'Hard questions: they help each other. Easy ones: they compete.'
  return whyMode(config, exchange.mode, exchange.judgement)
}
