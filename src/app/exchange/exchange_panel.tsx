import { useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import type { Question } from '../../tasks/task'
import { onDemand } from '../on_demand'
import { skillName } from '../stories'
import { Bubbles } from './bubbles'
import type { ExchangeView } from './exchange_view'
import { ModeReason } from './mode_reason'
import type { TextOfInterest } from './text_details'

interface Props {
  readonly exchange: ExchangeView | null
  readonly recorded: boolean
  readonly pinned: boolean
  readonly peers: readonly string[]
  readonly config: RunConfig
  readonly onError: (error: unknown) => void
}

const TextDetails = onDemand(async () => (await import('./text_details')).TextDetails)

/** The discussion of one question as a conversation: bubbles that fill while the peers write. */
export function ExchangePanel({ exchange, recorded, pinned, peers, config, onError }: Props) {
  const [details, setDetails] = useState<TextOfInterest | null>(null)
  return (
    <section class="card exchange" aria-label="Their discussion">
      <div class="question">
        <h2 class="question-text">
          {exchange === null
            ? 'First they take a test, each alone. Then the question that they discuss appears here.'
            : exchange.question.text}
        </h2>
        <div class="row question-facts">
          {exchange === null ? null : <QuestionFacts question={exchange.question} />}
          <p class="tag exchange-step" data-pinned={pinned}>
            {recorded ? 'recorded, ' : ''}
            {exchange === null ? 'not begun' : `step ${exchange.step}`}
            {pinned ? ', pinned' : ''}
          </p>
        </div>
      </div>
      <ModeReason exchange={exchange} peers={peers} config={config} />
      <Bubbles
        exchange={exchange}
        peers={peers}
        config={config}
        discusses={config.method === 'ilr' && peers.length > 1}
        onDetails={(peer, stage) => exchange !== null && setDetails({ peer, stage, exchange })}
        legend="Steps below: ● all right, ◐ some, ○ none."
      />
      {details === null ? null : (
        <TextDetails
          {...details}
          now={exchange}
          config={config}
          onClose={() => setDetails(null)}
          onFailure={(error) => {
            setDetails(null)
            onError(error)
          }}
        />
      )}
    </section>
  )
}

/** The right answer and what the question is about, as far as that is known. */
export function QuestionFacts({ question: { answer, skill, level, steps } }: { question: Question }) {
  if (answer === '') return <p>Right answer not given: nothing is marked right or wrong.</p>
  return (
    <>
      <p>
        Answer: <strong>{answer}</strong> <span class="quiet">(hidden from the peers)</span>
      </p>
      {steps.length === 0 ? null : (
        <p class="quiet">
          {skillName(skill).name}, level {level}
        </p>
      )}
    </>
  )
}
