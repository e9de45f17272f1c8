import { whyMode, whyNotDiscussed } from '../../ilr/mode_reason'
import type { RunConfig } from '../../runs/config'
import { fixed } from '../format'
import { peerColour } from '../peer_colour'
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

/** Whether the peers cooperate or compete on this question, and the numbers behind it. */
export function ModeReason({ exchange, peers, config }: Props) {
  const badge = exchange?.mode ?? (exchange !== null && isLeftOut(exchange) ? 'alone' : 'mode')
  return (
    <div class="mode" data-mode={exchange?.mode ?? 'none'}>
      <p class="mode-line">
        <span class="mode-badge">{badge}</span>
        <span>{reason(exchange, config)}</span>
      </p>
      {config.method === 'ilr' ? (
        <JudgementTable exchange={exchange} peers={peers} judge={config.difficultyJudge} />
      ) : null}
    </div>
  )
}

function JudgementTable(props: {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  readonly judge: RunConfig['difficultyJudge']
}) {
  const { exchange, peers, judge } = props
  return (
    <table class="judgement">
      <thead>
        <tr>
          <th scope="col">peer</th>
          <th scope="col" title="share of validation questions it solves alone">
            ability γ
          </th>
          <th scope="col" title={DIFFICULTY[judge]}>
            difficulty D
          </th>
          <th scope="col" title="1 / (1 + exp(−1.7 (γ − D)))">
            P(solves)
          </th>
        </tr>
      </thead>
      <tbody>
        {peers.map((peer, index) => {
          const judged = exchange?.judgement[peer]
          return (
            <tr key={peer} style={{ '--peer': `var(${peerColour(index)})` }}>
              <th scope="row" class="peer-name">
                {peer}
              </th>
              <td>{fixed(judged?.ability)}</td>
              <td>{fixed(judged?.difficulty)}</td>
              <td>{fixed(judged?.p)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function reason(exchange: ExchangeView | null, config: RunConfig): string {
  if (exchange === null ? config.method !== 'ilr' : isLeftOut(exchange)) return whyNotDiscussed(config.method)
  if (exchange?.mode == null) return 'Hard questions are discussed together, easy ones fought over.'
  return whyMode(config, exchange.judgement)
}
