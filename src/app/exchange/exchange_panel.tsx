import { useMemo, useRef } from 'preact/hooks'
import { whyNotDiscussed } from '../../ilr/mode_reason'
import { trainedStages } from '../../ilr/sequences'
import type { RunConfig } from '../../runs/config'
import type { Question, Stage } from '../../tasks/task'
import { skillName } from '../stories'
import { useDialog } from '../use_on_demand'
import { CheckBubble, FusedBubble, IdeaBubble, type Talk } from './bubbles'
import { agree, conversationOf } from './conversation'
import { type ExchangeView, isLeftOut } from './exchange_view'
import { ModeReason } from './mode_reason'
import type { TextDetails } from './text_details'

interface Props {
  readonly exchange: ExchangeView | null
  /** Whether the exchange comes from a recording. */
  readonly recorded: boolean
  /** Whether the visitor pinned the step of the exchange. */
  readonly pinned: boolean
  readonly peers: readonly string[]
  /** Of the run that is shown. */
  readonly config: RunConfig
  readonly onError: (error: unknown) => void
}

/** The discussion of one question as a conversation: bubbles that fill while the peers write. */
export function ExchangePanel({ exchange, recorded, pinned, peers, config, onError }: Props) {
  const conversation = useMemo(
    () => (exchange !== null && ofEquations(config.task) ? conversationOf(exchange, peers) : null),
    [exchange, peers, config.task],
  )
  const details = useDetails(exchange, onError)
  const talk: Talk = { exchange, peers, conversation, onDetails: details.open }
  const discusses = config.method === 'ilr' && peers.length > 1
  return (
    <section class="card exchange" aria-label="Their discussion">
      <div class="question">
        <h2 class="question-text">
          {exchange === null
            ? 'First they take a test, each alone. Then the question that they discuss appears here.'
            : exchange.question.text}
        </h2>
        <div class="question-facts">
          {exchange === null ? null : <Facts question={exchange.question} />}
          <p class="tag exchange-step" data-pinned={pinned}>
            {recorded ? 'recorded, ' : ''}
            {exchange === null ? 'not begun' : `step ${exchange.step}`}
            {pinned ? ', pinned' : ''}
          </p>
        </div>
      </div>
      <ModeReason exchange={exchange} peers={peers} config={config} />
      {/* Bubbles of another question are other bubbles: the browser would count reused ones as moved. */}
      <div
        key={exchange === null ? '' : `${exchange.step} ${exchange.question.id}`}
        class="talk"
        // It may scroll, and a keyboard must reach it: with no text yet nothing in it can have the focus.
        tabIndex={exchange === null ? 0 : undefined}
        style={{ '--peers': peers.length }}
      >
        <div class="talk-ideas">
          {peers.map((peer, index) => (
            <div key={peer} class="talk-column">
              <IdeaBubble talk={talk} index={index} />
              {discusses && !leftOut(exchange) ? (
                // Of two peers, each one's analysis stands below the idea that it is about.
                <CheckBubble talk={talk} index={peers.length === 2 ? 1 - index : index} />
              ) : null}
            </div>
          ))}
        </div>
        {!discusses ? null : leftOut(exchange) ? (
          <p class="talk-none">{whyNotDiscussed(config.method)}</p>
        ) : (
          <Fused talk={talk} />
        )}
        {conversation === null || !discusses || leftOut(exchange) ? null : (
          <p class="hint">
            Solid border: right. Dashed: wrong. <strong>?!</strong>: a mark or a quote that does not hold.
            Steps below: ● all right, ◐ some, ○ none.
          </p>
        )}
      </div>
      {details.Dialog === null || details.request === null || details.exchange === null ? null : (
        <details.Dialog
          peer={details.request.peer}
          stage={details.request.stage}
          exchange={details.exchange}
          config={config}
          trained={trainedStages(config).includes(details.request.stage)}
          onClose={details.close}
        />
      )}
    </section>
  )
}

function leftOut(exchange: ExchangeView | null): boolean {
  return exchange !== null && isLeftOut(exchange)
}

/** Whether a task's solutions are made of equations that its checker reads one by one. */
function ofEquations(task: RunConfig['task']): boolean {
  return task === 'word-problems' || task === 'halves'
}

/** One bubble where all say the same, else one for each. */
function Fused({ talk }: { talk: Talk }) {
  const { exchange, peers } = talk
  const texts = peers.map((peer) => exchange?.peers[peer]?.fuse?.text ?? '')
  const all = peers.map((_, index) => index)
  const groups = agree(texts, exchange !== null && exchange.writing === null)
    ? [all]
    : all.map((one) => [one])
  return (
    <div class="talk-fused">
      {groups.map((owners) => (
        <FusedBubble key={owners[0]} talk={talk} owners={owners} />
      ))}
    </div>
  )
}

function Facts({ question }: { question: Question }) {
  return (
    <>
      <p>
        Answer: <strong>{question.answer}</strong> <span class="quiet">(hidden from the peers)</span>
      </p>
      <p class="quiet question-skill">
        {skillName(question.skill).name}, level {question.level}
      </p>
    </>
  )
}

interface DetailsRequest {
  readonly peer: string
  readonly stage: Stage
  readonly exchange: ExchangeView
}

/** The details of one text, kept up to date until another question is discussed. */
function useDetails(exchange: ExchangeView | null, onError: (error: unknown) => void) {
  const load = async () => (await import('./text_details')).TextDetails
  const { request, Dialog, ask, close } = useDialog<DetailsRequest, typeof TextDetails>(load, onError)
  const latest = useRef<ExchangeView | null>(null)
  if (request !== null && exchange !== null && isSame(request.exchange, exchange)) latest.current = exchange
  return {
    request,
    Dialog,
    exchange: latest.current,
    open(peer: string, stage: Stage) {
      latest.current = exchange
      if (exchange !== null) ask({ peer, stage, exchange })
    },
    close,
  }
}

function isSame(one: ExchangeView, other: ExchangeView): boolean {
  return one.step === other.step && one.question.id === other.question.id
}
