import { useState } from 'preact/hooks'
import { hasDiscussion, type RunConfig } from '../../config/config'
import { howModesAreChosen, whyMode, whyNotDiscussed } from '../../ilr/interaction/mode_reason'
import type { Question } from '../../tasks/task'
import { fixed } from '../format'
import { onDemand } from '../on_demand'
import { PeerName, Table } from '../parts'
import { skillName } from '../stories'
import { Bubbles } from './bubbles'
import { type ExchangeView, isLeftOut } from './exchange_view'
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
        discusses={hasDiscussion(config)}
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

interface ModeProps {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  readonly config: RunConfig
}

const DIFFICULTY: Readonly<Record<RunConfig['difficultyJudge'], string>> = {
  confidence: 'how unsure the peer is on this question among others, 0 to 1',
  prompt: 'where the peer, when asked, ranks this question among others, 0 to 1',
}

/** Whether the peers cooperate or compete on this question, in one line; the numbers behind it are folded away. */
export function ModeReason({ exchange, peers, config }: ModeProps) {
  const mode = exchange?.mode ?? null
  return (
    <div class="row mode" data-mode={mode ?? 'none'}>
      <p class="mode-line">
        <span>{reason(exchange, config)}</span>
      </p>
      {hasDiscussion(config) ? (
        <details class="mode-why" data-shown={mode !== null}>
          <summary>
            Why
            <span class="visually-hidden"> do they {mode === 'compete' ? 'compete' : 'work together'}</span>?
          </summary>
          <p class="hint">
            {config.interaction === 'dynamic'
              ? 'P is the chance that a peer solves the question alone. Below 0.50 on average they work together, else they compete.'
              : config.interaction === 'inverse'
                ? 'P is the chance that a peer solves the question alone. Below 0.50 on average they compete, else they work together: the opposite of the method.'
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

function JudgementTable({ exchange, peers, config }: ModeProps) {
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
  if (exchange === null ? !hasDiscussion(config) : isLeftOut(exchange)) return whyNotDiscussed(config.method)
  if (exchange?.mode == null) return howModesAreChosen(config)
  return whyMode(config, exchange.mode, exchange.judgement)
}
