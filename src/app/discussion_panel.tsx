import { ExchangePanel } from './exchange/exchange_panel'
import type { Page } from './page'

/** One question: what the peers make of it, alone and together. */
export function DiscussionPanel({ page }: { readonly page: Page }) {
  const { exchange, recorded, pinned, steps, peers, config, next, refuse } = page
  return (
    <ExchangePanel
      exchange={exchange}
      recorded={recorded !== null}
      pinned={pinned !== null}
      view={steps}
      peers={peers}
      config={config}
      judge={next.difficultyJudge}
      task={next.task}
      onError={refuse}
    />
  )
}
