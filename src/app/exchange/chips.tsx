/** Equations of a discussion and the marks on them, as they are drawn and as they are heard. */
import type { HTMLAttributes } from 'preact'
import type { Step } from '../../tasks/solution'
import { inColour } from '../parts'
import { type DrawnMark, type Mark, type Piece, writtenNumber, writtenStep } from './conversation'
import { Verdict, words } from './written_text'

interface SolutionProps {
  readonly pieces: readonly Piece[]
  readonly peers: readonly string[]
  /** Whether an equation belongs to the right solution; null where that is not known. */
  readonly isRight: (step: Step) => boolean | null
  /** Of the answer; null while it is not known. */
  readonly correct: boolean | null
  readonly marks?: readonly DrawnMark[]
  /** The peers that had an equation before, where the solution is made of their ideas. */
  readonly sources?: (step: Step) => readonly number[]
}

export function Solution({ pieces, peers, isRight, correct, marks = [], sources }: SolutionProps) {
  const last = pieces.findLastIndex(({ kind }) => kind === 'answer')
  let place = -1
  return pieces.map((piece, index) => {
    if (piece.kind === 'words') {
      // An answer that is being written has the room of a finished one.
      const answers = piece.text.startsWith('→')
      return (
        <span key={index} class={answers ? 'chip-answer word' : undefined}>
          {words(piece.text)}
          {answers ? <Verdict correct={null} /> : null}
        </span>
      )
    }
    if (piece.kind === 'answer')
      return (
        <span key={index} class="chip-answer word">
          <span aria-hidden="true">→</span>
          <span class="visually-hidden">Answer: </span>
          <strong>{piece.text}</strong>
          {index === last ? <Verdict correct={correct} /> : null}
        </span>
      )
    place++
    const at = place
    const right = isRight(piece.step)
    const from = sources?.(piece.step)
    return (
      <span key={index} class="chip word" data-right={right ?? 'unknown'} style={chipColour(from)}>
        {writtenStep(piece.step)}
        {right === null ? null : <span class="visually-hidden">, checker: {right ? 'right' : 'wrong'}</span>}
        <span class="chip-marks">
          {marks.map((mark) =>
            mark.at === at ? (
              <Pill
                key={mark.by}
                data-own={mark.own}
                style={inColour(mark.by)}
                shown={`${initials(peers)[mark.by]} ${sign(mark)}`}
                heard={`${peers[mark.by]} ${spokenMark(mark)}`}
              />
            ) : null,
          )}
          {from?.length === 0 ? <span class="mark mark-new">new</span> : null}
          {from?.map((peer) => (
            <span key={peer} class="mark" style={inColour(peer)}>
              <span class="visually-hidden">, from </span>
              {from.length === 1 ? peers[peer] : initials(peers)[peer]}
            </span>
          ))}
        </span>
      </span>
    )
  })
}

/** Of the peer that an equation comes from; of nobody where that are none or several. */
function chipColour(from: readonly number[] | undefined) {
  if (from === undefined) return undefined
  return from.length === 1 ? inColour(from[0]) : { '--peer': 'var(--quiet)' }
}

/** The marks of one check in a row. What an idea does not contain stands there in full. */
export function MarkRow({ marks }: { marks: readonly Mark[] }) {
  return marks.map((mark, index) => (
    <Pill
      key={index}
      data-misquote={mark.at === null}
      shown={`${mark.at === null ? `${writtenStep(mark.quote)} ` : ''}${sign(mark)}`}
      heard={spokenMark(mark)}
    />
  ))
}

interface PillProps extends HTMLAttributes<HTMLSpanElement> {
  readonly shown: string
  readonly heard: string
}

function Pill({ shown, heard, ...props }: PillProps) {
  return (
    <span class="mark word" title={heard} {...props}>
      <span aria-hidden="true">{shown}</span>
      <span class="visually-hidden">, {heard}</span>
    </span>
  )
}

/** ✓ or ✗, another result where the peer has one, and `?!` where the checker rejects it. */
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
