import { fixed } from './format'
import { peerColour } from './peer_colour'
import type { ExchangeView } from './state'

interface Props {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  /** `dynamic`, or the rule that fixes the mode. */
  readonly interaction: string
}

/** Whether the peers cooperate or compete on this question, and the numbers behind it. */
export function ModeReason({ exchange, peers, interaction }: Props) {
  return (
    <div class="mode" data-mode={exchange?.mode ?? 'none'}>
      <p class="mode-line">
        <span class="mode-badge">{exchange?.mode ?? 'mode'}</span>
        <span>{reason(exchange, peers, interaction)}</span>
      </p>
      <table class="judgement">
        <thead>
          <tr>
            <th scope="col">peer</th>
            <th scope="col" title="share of validation questions it solves alone">
              ability γ
            </th>
            <th scope="col" title="how hard the peer finds this question among others, 0 to 1">
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
    </div>
  )
}

function reason(exchange: ExchangeView | null, peers: readonly string[], interaction: string): string {
  if (exchange?.mode == null) return 'Hard questions are discussed together, easy ones fought over.'
  if (interaction !== 'dynamic') return `The mode is set to “${interaction}” for this run.`
  const known = peers.flatMap((peer) => exchange.judgement[peer]?.p ?? [])
  const mean = known.reduce((sum, p) => sum + p, 0) / known.length
  return mean < 0.5
    ? `Hard for them (mean P ${fixed(mean)}, below 0.50): they work together.`
    : `Within reach (mean P ${fixed(mean)}, at least 0.50): each tries to win.`
}
