import { wantsStillness } from './document'
import { ExchangePanel } from './exchange/exchange_panel'
import { useObserved } from './observed'
import { onDemand } from './on_demand'
import type { Page } from './page'
import { Timeline } from './steps/timeline'

const EndingPanel = onDemand(async () => (await import('./ending/ending_panel')).EndingPanel)

/** A step's discussion above the timeline. A run that ended shows its result until a step is picked. */
export function DiscussionPanel({ page }: { readonly page: Page }) {
  const { exchange, recorded, pinned, steps, peers, config, refuse, inView } = page
  const picked = useObserved(steps, (now) => now.pinned !== null)
  const ended = hasEnded(page) && !picked
  const finished = inView.steps.at(-1)?.step ?? 0
  return (
    <div class="discussion">
      <div data-covered={ended}>
        <ExchangePanel
          exchange={exchange}
          recorded={recorded !== null}
          pinned={pinned !== null}
          peers={peers}
          config={config}
          onError={refuse}
        />
      </div>
      {ended ? <EndingPanel page={page} onFailure={refuse} /> : null}
      <Timeline
        view={steps}
        exchanges={inView.exchanges}
        finished={finished}
        current={Math.max(finished, inView.exchange?.step ?? 0)}
        lastStep={config.steps}
      />
    </div>
  )
}

/** A lesson is about the discussion, and a run that can be continued has not ended. A recording that never moved has no end. */
function hasEnded({ over, run, inView, recorded, lesson, unfinished }: Page): boolean {
  if (lesson.page !== null) return false
  if (recorded !== null) return recorded.view.ended && !wantsStillness()
  return over && unfinished === null && run.config !== null && inView.evals.length > 0
}
