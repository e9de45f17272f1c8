/** What the peers say in a discussion, as speech bubbles. */
import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { whyNotDiscussed } from '../../ilr/interaction/mode_reason'
import { canonicalStep, finalAnswer } from '../../tasks/solution'
import type { Stage } from '../../tasks/task'
import { inColour } from '../parts'
import { MarkRow, Solution } from './chips'
import {
  agree,
  type Check,
  type Conversation,
  conversationOf,
  isAnswered,
  rightSteps,
  solutionPieces,
  sourcesOf,
} from './conversation'
import { type ExchangeView, isLeftOut, type StageView } from './exchange_view'
import { Verdict, WrittenText } from './written_text'

interface Props {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  readonly config: Pick<RunConfig, 'task' | 'method'>
  /** Whether more than answers alone is to come. */
  readonly discusses: boolean
  readonly onDetails?: (peer: string, stage: Stage) => void
  /** Explains signs beside those of the bubbles. */
  readonly legend?: string
}

interface Talk extends Pick<Props, 'exchange' | 'peers' | 'onDetails'> {
  /** Null where the texts are shown as they are: they are not made of equations, or are about unseen ideas. */
  readonly conversation: Conversation | null
  /** Whether each peer discusses only answers of its own. The exchange holds only the first of them. */
  readonly withItself: boolean
}

export function Bubbles({ exchange, peers, config, discusses, onDetails, legend }: Props) {
  const { task, method } = config
  const withItself = method === 'self-debate'
  const conversation = useMemo(
    () =>
      exchange !== null && !withItself && (task === 'word-problems' || task === 'halves')
        ? conversationOf(exchange, peers)
        : null,
    [exchange, peers, withItself, task],
  )
  const talk: Talk = { exchange, peers, conversation, withItself, onDetails }
  const leftOut = exchange !== null && isLeftOut(exchange)
  const talks = discusses && !leftOut
  const all = [...peers.keys()]
  const answers = peers.map((peer) => exchange?.peers[peer]?.fuse?.text ?? '')
  const oneAnswer = !withItself && agree(answers, exchange !== null && exchange.writing === null)
  const together = exchange?.mode !== 'compete' ? 'Together' : peers.length === 2 ? 'Both say' : 'All say'
  return (
    // Bubbles of another question are other bubbles: the browser would count reused ones as moved.
    <div
      key={exchange === null ? '' : `${exchange.step} ${exchange.question.id}`}
      class="talk"
      // It may scroll, and a keyboard must reach it: with no text yet nothing in it can have the focus.
      tabIndex={exchange === null ? 0 : undefined}
      style={{ '--peers': peers.length }}
    >
      <div class="columns talk-ideas">
        {all.map((index) => (
          <div key={index} class="stack">
            <SolutionBubble
              talk={talk}
              owners={[index]}
              stage="share"
              title={peers[index]}
              hint="answers alone here."
            />
            {/* Of two peers, each one's analysis stands below the idea that it is about. */}
            {talks ? (
              <CheckBubble talk={talk} index={peers.length === 2 && !withItself ? 1 - index : index} />
            ) : null}
          </div>
        ))}
      </div>
      {discusses && leftOut ? <p class="quiet talk-none">{whyNotDiscussed(method)}</p> : null}
      {talks ? (
        <div class="columns talk-fused">
          {(oneAnswer ? [all] : all.map((index) => [index])).map((owners) => (
            <SolutionBubble
              key={owners[0]}
              talk={talk}
              owners={owners}
              stage="fuse"
              title={owners.length > 1 ? together : `${peers[owners[0]]} says`}
              hint="They give their final answers here."
            />
          ))}
        </div>
      ) : null}
      {conversation !== null && talks ? (
        <p class="hint">
          {exchange?.question.steps.length === 0
            ? 'Grey border: the right steps are not known.'
            : 'Border: solid is right, dashed is wrong.'}{' '}
          <strong>?!</strong> does not hold. {legend}
        </p>
      ) : null}
    </div>
  )
}

/** Shows an idea with the peers’ marks on it, or a final answer with the peers that had its equations. */
function SolutionBubble({ talk, owners, stage, ...props }: Omit<BubbleProps, 'badge' | 'children'>) {
  const { exchange, peers, conversation } = talk
  const [first] = owners
  const said = exchange?.peers[peers[first]]?.[stage]
  const badge = <AnswerVerdict said={said} />
  const bubble = { talk, owners, stage, ...props }
  if (exchange === null || conversation === null || said === undefined)
    return <Bubble {...bubble} badge={badge} />
  const { question, writing } = exchange
  const done = writing !== stage
  const right = rightSteps(question)
  const pieces = solutionPieces(said.text, done)
  const answered = pieces.some(({ kind }) => kind === 'answer')
  // Its own marks come last: the others' are what matters.
  const marks = [...conversation.marks[first]].sort((a, b) => Number(a.own) - Number(b.own))
  return (
    <Bubble {...bubble} badge={answered ? null : badge}>
      <Solution
        pieces={pieces}
        peers={peers}
        isRight={(step) => right?.has(canonicalStep(step)) ?? null}
        correct={said.reward?.correct ?? (done ? isAnswered(said.text, question) : null)}
        marks={stage === 'share' ? marks : []}
        sources={stage === 'share' ? undefined : (step) => sourcesOf(step, conversation.ideas)}
      />
    </Bubble>
  )
}

function CheckBubble({ talk, index }: { readonly talk: Talk; readonly index: number }) {
  const { peers, conversation, exchange, withItself } = talk
  const analysis = conversation?.analyses[index] ?? null
  const rest = exchange?.writing === 'analyze' ? analysis?.rest : ''
  // The others' ideas first.
  const checks = [...(analysis?.checks ?? [])].sort((a, b) => Number(a.idea === 0) - Number(b.idea === 0))
  const other = peers.length === 2 ? `${peers[1 - index]}’s answer` : 'the others’ answers'
  return (
    <Bubble
      talk={talk}
      owners={[index]}
      stage="analyze"
      title={
        <>
          {peers[index]} <span class="bubble-doing">checks</span>
        </>
      }
      hint={withItself ? 'checks two answers of its own here.' : `checks ${other} and its own here.`}
      badge={
        analysis === null ? (
          // Of texts that are not made of equations only the verdicts are checked.
          <Verdict correct={exchange?.peers[peers[index]]?.analyze?.reward?.correct ?? null} />
        ) : (
          // A check counts as right only if nothing in it is wrong.
          <Verdict
            correct={analysis.sound && analysis.sound === 'right'}
            right="sound check"
            wrong={analysis.sound === 'wrong' ? 'faulty check' : 'unreadable'}
          />
        )
      }
    >
      {analysis === null || analysis.sound === 'unreadable'
        ? null
        : checks.map((check) => (
            <CheckLine
              key={check.idea}
              check={check}
              about={analysis.about[check.idea]}
              peers={peers}
              rest={analysis.current === check.idea ? rest : ''}
            />
          ))}
    </Bubble>
  )
}

interface CheckLineProps {
  readonly check: Check
  readonly about: number
  readonly peers: readonly string[]
  readonly rest?: string
}

function CheckLine({ check: { idea, marks, verdict, right }, about, peers, rest = '' }: CheckLineProps) {
  const disputed = verdict !== null && right !== null && verdict !== right
  return (
    <div class="check">
      <span class="check-about" style={inColour(about)}>
        {idea === 0 ? 'itself' : peers[about]}
      </span>
      <span class="check-marks">
        <MarkRow marks={marks} />
        {rest === '' ? null : <span class="quiet">{rest}</span>}
        {verdict === null ? null : (
          <span class="word">
            <span aria-hidden="true">→ </span>
            {verdict ? 'right' : 'wrong'}
            {disputed ? (
              <>
                <strong aria-hidden="true" title="The checker disagrees.">
                  {' '}
                  ?!
                </strong>
                <span class="visually-hidden">, but the checker disagrees</span>
              </>
            ) : null}
          </span>
        )}
      </span>
    </div>
  )
}

/** The checker's verdict, for texts in which none is drawn. */
function AnswerVerdict({ said }: { readonly said: StageView | undefined }) {
  const unanswered = said?.cut !== undefined && finalAnswer(said.text) === null
  return (
    <>
      {unanswered ? <span class="tag">no answer</span> : null}
      <Verdict correct={said?.reward?.correct ?? null} />
    </>
  )
}

interface BubbleProps {
  readonly talk: Talk
  readonly owners: readonly number[]
  readonly stage: Stage
  readonly title: ComponentChildren
  readonly hint: string
  readonly badge: ComponentChildren
  /** Drawn in place of the text, which is shown as it is where there are none. */
  readonly children?: ComponentChildren
}

/** Its height never changes, so that nothing jumps while text streams in. */
function Bubble({ talk, owners, stage, title, hint, badge, children }: BubbleProps) {
  const { exchange, peers, onDetails } = talk
  const [first] = owners
  const said = exchange?.peers[peers[first]]?.[stage] ?? null
  const shared = owners.length > 1
  const cut = said?.cut ?? said?.tokens?.stopped === false
  return (
    <article
      class="bubble"
      aria-label={owners.map((owner) => `${peers[owner]}, ${stage}`).join(' and ')}
      data-stage={stage}
      data-shared={shared}
      data-side={first % 2 === 0 ? 'left' : 'right'}
      style={inColour(first)}
    >
      <header>
        <h3 class="bubble-title">{title}</h3>
        {cut ? <span class="tag">cut off: too long</span> : null}
        {badge}
        {onDetails === undefined
          ? null
          : owners.map((owner) => (
              <button
                key={owner}
                type="button"
                class="text-button bubble-more"
                aria-haspopup="dialog"
                aria-label={`More: ${peers[owner]}, ${stage}`}
                data-shown={said !== null}
                onClick={() => onDetails(peers[owner], stage)}
              >
                More{shared ? `: ${peers[owner]}` : ''}
              </button>
            ))}
      </header>
      {said === null ? (
        <p class="quiet bubble-hint">{hint}</p>
      ) : (
        <WrittenText
          text={said.text}
          writing={exchange?.writing === stage && said.reward === null && said.cut === undefined}
        >
          {children ?? undefined}
        </WrittenText>
      )}
    </article>
  )
}
