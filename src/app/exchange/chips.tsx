/** Equations of a discussion and the marks on them, as they are drawn and as they are heard. */
import type { ComponentChildren } from 'preact'
import type { Step } from '../../tasks/solution'
import { peerColour } from '../peer_colour'
import { type DrawnMark, type Mark, type Piece, writtenNumber, writtenStep } from './conversation'
import { Verdict, words } from './written_text'

interface SolutionProps {
  readonly pieces: readonly Piece[]
  readonly peers: readonly string[]
  /** Whether an equation belongs to the right solution. */
  readonly isRight: (step: Step) => boolean
  /** Of the answer; null while it is not known. */
  readonly correct: boolean | null
  /** What the peers' analyses say of the equations. */
  readonly marks?: readonly DrawnMark[]
  /** The peers that had an equation before, where the solution is made of their ideas. */
  readonly sources?: (step: Step) => readonly number[]
}

/** A solution: its equations as chips, an arrow, the final answer and the checker's verdict on it. */
export function Solution({ pieces, peers, isRight, correct, marks = [], sources }: SolutionProps) {
  const last = pieces.findLastIndex(({ kind }) => kind === 'answer')
  let place = -1
  return pieces.map((piece, index) => {
    if (piece.kind === 'words')
      return (
        <span key={index} class="chip-words">
          {words(piece.text)}
        </span>
      )
    if (piece.kind === 'answer')
      return (
        <span key={index} class="chip-answer word">
          <span aria-hidden="true">→</span>
          <span class="visually-hidden">Answer: </span>
          <strong>{piece.text}</strong>
          {index === last ? <Verdict what="answer" correct={correct} /> : null}
        </span>
      )
    place++
    const at = place
    const from = sources?.(piece.step)
    return (
      <Chip key={index} step={piece.step} right={isRight(piece.step)} from={from}>
        {marks.map((mark) => (mark.at === at ? <MarkPill key={mark.by} mark={mark} peers={peers} /> : null))}
        {from?.length === 0 ? <span class="mark mark-new">new</span> : null}
        {from?.map((peer) => (
          <span key={peer} class="mark" style={inColour(peer)}>
            <span class="visually-hidden">, from </span>
            {from.length === 1 ? peers[peer] : initials(peers)[peer]}
          </span>
        ))}
      </Chip>
    )
  })
}

interface ChipProps {
  readonly step: Step
  readonly right: boolean
  readonly from?: readonly number[] | undefined
  readonly children: ComponentChildren
}

function Chip({ step, right, from, children }: ChipProps) {
  return (
    <span class="chip word" data-right={right} style={chipColour(from)}>
      {writtenStep(step)}
      <span class="visually-hidden">, checker: {right ? 'right' : 'wrong'}</span>
      <span class="chip-marks">{children}</span>
    </span>
  )
}

/** Of the peer that an equation comes from; of nobody where that are none or several. */
function chipColour(from: readonly number[] | undefined) {
  if (from === undefined) return undefined
  return from.length === 1 ? inColour(from[0]) : { '--peer': 'var(--quiet)' }
}

/** A peer's mark on a chip: the peer's initial, ✓ or ✗, and `?!` where the checker rejects it. */
function MarkPill({ mark, peers }: { mark: DrawnMark; peers: readonly string[] }) {
  return (
    <span
      class="mark"
      data-own={mark.own}
      style={inColour(mark.by)}
      title={`${peers[mark.by]} ${spokenMark(mark)}`}
    >
      <span aria-hidden="true">
        {initials(peers)[mark.by]} {sign(mark)}
      </span>
      <span class="visually-hidden">
        , {peers[mark.by]} {spokenMark(mark)}
      </span>
    </span>
  )
}

/** The marks of one check in a row. What an idea does not contain stands there in full. */
export function MarkRow({ marks }: { marks: readonly Mark[] }) {
  return marks.map((mark, index) => (
    <span key={index} class="mark word" data-misquote={mark.at === null} title={spokenMark(mark)}>
      <span aria-hidden="true">
        {mark.at === null ? `${writtenStep(mark.quote)} ` : ''}
        {sign(mark)}
      </span>
      <span class="visually-hidden">{spokenMark(mark)}; </span>
    </span>
  ))
}

function sign({ quote, recomputed, says, fault }: Mark): string {
  const result = recomputed === quote.result ? '' : ` =${writtenNumber(recomputed)}`
  return `${says ? '✓' : '✗'}${result}${fault === null ? '' : ' ?!'}`
}

const FAULTS = {
  misquote: ', but it is not there',
  miscalculated: ', but works it out wrongly',
  rejected: ', but the checker disagrees',
} as const

function spokenMark({ quote, recomputed, says, fault }: Mark): string {
  const subject = fault === 'misquote' ? `${writtenStep(quote)} is ` : ''
  const result = recomputed === quote.result ? '' : `, it makes ${writtenNumber(recomputed)}`
  return `says ${subject}${says ? 'right' : 'wrong'}${result}${fault === null ? '' : FAULTS[fault]}`
}

/** One letter for each peer; their numbers where letters would be the same. */
function initials(peers: readonly string[]): readonly string[] {
  const letters = peers.map((peer) => peer.slice(0, 1))
  return new Set(letters).size === peers.length ? letters : peers.map((_, index) => String(index + 1))
}

/** Gives a part of the page a peer's colour, by the peer's place in the run. */
export function inColour(peer: number): { '--peer': string } {
  return { '--peer': `var(${peerColour(peer)})` }
}
