/** What each peer says in a discussion, as speech bubbles. */
import type { ComponentChildren } from 'preact'
import { canonicalStep, isRight, type Step } from '../../tasks/solution'
import type { Stage } from '../../tasks/task'
import { inColour, MarkRow, Solution } from './chips'
import { type Conversation, rightSteps, type Soundness, solutionPieces, sourcesOf } from './conversation'
import type { ExchangeView } from './exchange_view'
import { Verdict, WrittenText } from './written_text'

/** Opens the details of one text. */
export type OpenDetails = (peer: string, stage: Stage) => void

/** What the bubbles of one discussion have in common. */
export interface Talk {
  readonly exchange: ExchangeView | null
  readonly peers: readonly string[]
  /** Null where the texts of the task are not made of equations: they are shown as they are. */
  readonly conversation: Conversation | null
  readonly onDetails: OpenDetails
}

/** A peer's answer alone, with the marks that the others and the peer itself put on it. */
export function IdeaBubble({ talk, index }: { talk: Talk; index: number }) {
  const { peers, conversation } = talk
  const solution = solutionOf(talk, index, 'share')
  const marks = [...(conversation?.marks[index] ?? [])]
  // Its own marks come last: the others' are what matters.
  marks.sort((a, b) => Number(a.own) - Number(b.own))
  return (
    <Bubble
      talk={talk}
      owners={[index]}
      stage="share"
      title={peers[index]}
      hint="answers alone here."
      badge={solution?.answered ? null : <AnswerVerdict talk={talk} index={index} stage="share" />}
    >
      {solution === null ? null : <Solution {...solution} peers={peers} marks={marks} />}
    </Bubble>
  )
}

/** A peer's analysis: its marks on each idea, and what it makes of the whole. */
export function CheckBubble({ talk, index }: { talk: Talk; index: number }) {
  const { peers, conversation, exchange } = talk
  const analysis = conversation?.analyses[index] ?? null
  const writing = exchange?.writing === 'analyze'
  const own = analysis?.checks.filter(({ idea }) => idea === 0) ?? []
  const others = analysis?.checks.filter(({ idea }) => idea !== 0) ?? []
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
      hint={`checks ${other} and its own here.`}
      badge={
        analysis === null ? (
          // Of texts that are not made of equations only the verdicts are checked.
          <Verdict
            what="verdicts"
            correct={exchange?.peers[peers[index]]?.analyze?.reward?.correct ?? null}
          />
        ) : (
          <SoundnessBadge sound={analysis.sound} />
        )
      }
    >
      {analysis === null || analysis.sound === 'unreadable'
        ? null
        : [...others, ...own].map(({ idea, marks, verdict, right }) => (
            <div key={idea} class="check">
              <span class="check-about" style={inColour(analysis.about[idea])}>
                {idea === 0 ? 'itself' : peers[analysis.about[idea]]}
              </span>
              <span class="check-marks">
                <MarkRow marks={marks} />
                {writing && analysis.current === idea ? (
                  <span class="check-rest">{analysis.rest}</span>
                ) : null}
                {verdict === null ? null : (
                  <span class="word">
                    <span aria-hidden="true">→ </span>
                    {verdict ? 'right' : 'wrong'}
                    {verdict === right ? null : (
                      <>
                        <strong aria-hidden="true" title="The checker disagrees.">
                          {' '}
                          ?!
                        </strong>
                        <span class="visually-hidden">, but the checker disagrees</span>
                      </>
                    )}
                  </span>
                )}
              </span>
            </div>
          ))}
    </Bubble>
  )
}

/** The final answer of one peer or, where all say the same, of all. */
export function FusedBubble({ talk, owners }: { talk: Talk; owners: readonly number[] }) {
  const { exchange, peers, conversation } = talk
  const [first] = owners
  const solution = solutionOf(talk, first, 'fuse')
  const together = exchange?.mode !== 'compete' ? 'Together' : peers.length === 2 ? 'Both say' : 'All say'
  return (
    <Bubble
      talk={talk}
      owners={owners}
      stage="fuse"
      title={owners.length > 1 ? together : `${peers[first]} says`}
      hint="They give their final answers here."
      badge={solution?.answered ? null : <AnswerVerdict talk={talk} index={first} stage="fuse" />}
    >
      {solution === null || conversation === null ? null : (
        <Solution {...solution} peers={peers} sources={(step) => sourcesOf(step, conversation.ideas)} />
      )}
    </Bubble>
  )
}

/** A text read as a solution; null where there is none, or nothing to read it by. */
function solutionOf({ exchange, peers, conversation }: Talk, index: number, stage: Stage) {
  const said = exchange?.peers[peers[index]]?.[stage]
  if (exchange === null || said === undefined || conversation === null) return null
  const { question, writing } = exchange
  const done = writing !== stage
  const right = rightSteps(question)
  const pieces = solutionPieces(said.text, done)
  return {
    pieces,
    answered: pieces.some(({ kind }) => kind === 'answer'),
    isRight: (step: Step) => right.has(canonicalStep(step)),
    correct: said.reward?.correct ?? (done ? isRight(said.text, question.answer) : null),
  }
}

function AnswerVerdict({ talk, index, stage }: { talk: Talk; index: number; stage: Stage }) {
  const reward = talk.exchange?.peers[talk.peers[index]]?.[stage]?.reward ?? null
  return <Verdict what="answer" correct={reward?.correct ?? null} />
}

/** A check counts as right only if nothing in it is wrong. */
function SoundnessBadge({ sound }: { sound: Soundness | null }) {
  if (sound === null) return <span class="verdict" />
  if (sound === 'right') return <span class="verdict verdict-right">✓ sound check</span>
  return <span class="verdict verdict-wrong">{sound === 'wrong' ? '✗ faulty check' : '✗ unreadable'}</span>
}

interface BubbleProps {
  readonly talk: Talk
  /** The peers that say it, by their places. */
  readonly owners: readonly number[]
  readonly stage: Stage
  readonly title: ComponentChildren
  /** What comes here, as long as there is no text. */
  readonly hint: string
  readonly badge: ComponentChildren
  /** Drawn in place of the text; null to show it as it is. */
  readonly children: ComponentChildren
}

/** Its height never changes, so that nothing jumps while text streams in. */
function Bubble({ talk, owners, stage, title, hint, badge, children }: BubbleProps) {
  const { exchange, peers, onDetails } = talk
  const [first] = owners
  const said = exchange?.peers[peers[first]]?.[stage] ?? null
  const shared = owners.length > 1
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
        {said?.tokens?.stopped === false ? <span class="tag">cut off: too long</span> : null}
        {badge}
        {owners.map((owner) => (
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
        <p class="bubble-hint">{hint}</p>
      ) : (
        <WrittenText text={said.text} writing={exchange?.writing === stage && said.reward === null}>
          {children ?? undefined}
        </WrittenText>
      )}
    </article>
  )
}
