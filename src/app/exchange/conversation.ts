/**
 * Reads what peers wrote about a word problem: equations, the marks that an analysis puts on them, and the peer that each
 * equation of a final answer comes from. Texts may still be growing. No DOM.
 */
import { readAnalysis, reviewOrder, trueReviews } from '../../tasks/analysis'
import { ideaLabel } from '../../tasks/prompts'
import { canonicalStep, isRight, recompute, type Step, stepsIn } from '../../tasks/solution'
import type { Mode, Question } from '../../tasks/task'
import type { ExchangeView } from './exchange_view'

export type Piece =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'words'; readonly text: string }

const EQUATION = String.raw`\d+[+\-*]\d+=-?\d+`
/** An equation is complete when no digit can follow, and an answer when its word has ended. */
const PIECE = new RegExp(String.raw`${EQUATION}(?=\D)|####[ \t]*(\S+?)(?=[.,;:!?]?\s)`, 'g')

/**
 * The equations and answers of a solution, and the words around them. Punctuation between equations is left out.
 * @param done whether the text is complete
 */
export function solutionPieces(text: string, done: boolean): Piece[] {
  const whole = done ? `${text}\n` : text
  const pieces: Piece[] = []
  let end = 0
  const addWords = (next: number) => {
    const between = forPeople(whole.slice(end, next).replace(/^[.,;]?\s+|\s+$/g, ''))
    if (/[^\s.,;]/.test(between)) pieces.push({ kind: 'words', text: between })
  }
  for (const { 0: found, 1: answer, index } of whole.matchAll(PIECE)) {
    addWords(index)
    pieces.push(
      answer === undefined ? { kind: 'step', step: stepsIn(found)[0] } : { kind: 'answer', text: answer },
    )
    end = index + found.length
  }
  addWords(whole.length)
  return pieces
}

/** Replaces the sign before the answer, which the checker reads, by an arrow, even while it is being written. */
export function forPeople(text: string): string {
  return text.replace(/#{1,4}$/, '').replace(/####/g, '→')
}

/** A whole solution in one line, as its chips have it: `16−2=14, 7·2=14 → 28`. */
export function solutionLine(text: string): string {
  return solutionPieces(text, true)
    .map((piece, index) => {
      if (piece.kind === 'answer') return ` → ${piece.text.replace('-', '−')}`
      return `${index === 0 ? '' : ', '}${piece.kind === 'step' ? writtenStep(piece.step) : piece.text}`
    })
    .join('')
    .trim()
}

/** What is wrong with a mark; a misquote is about an equation that the idea does not contain. */
export type Fault = 'misquote' | 'miscalculated' | 'rejected'

export interface Mark {
  readonly quote: Step
  /** What the analysis says that its left side comes to. */
  readonly recomputed: number
  readonly says: boolean
  /** Place among the equations of the idea; null where it quotes none of them. */
  readonly at: number | null
  readonly fault: Fault | null
}

export interface Check {
  /** 0 for the writer's own idea, else the idea's place among the others as the writer was shown them. */
  readonly idea: number
  readonly marks: readonly Mark[]
  /** Whether it calls the idea right; null while that is not written. */
  readonly verdict: boolean | null
  /** Whether the idea's answer is right; null where the right one is not known. */
  readonly right: boolean | null
}

const ANALYSIS = new RegExp(
  String.raw`\b(?<label>Mine|Theirs(?: \d+)?):|(?<step>${EQUATION}) \((?<recomputed>-?\d+)\) (?<says>right|wrong)(?![a-z])|\b(?<verdict>Verdict): |\b(?<judged>mine|theirs(?: \d+)?) (?<judgement>right|wrong)(?![a-z])`,
  'g',
)

/** An analysis as far as it is written, with the peers that its checks are about. */
interface PeerAnalysis {
  readonly checks: readonly Check[]
  /** The end that is not part of a mark yet, and the check that it belongs to. */
  readonly rest: string
  readonly current: number | null
  readonly about: readonly number[]
  /** How it holds up as a whole; null until it is complete, and where the right solution is not known. */
  readonly sound: 'right' | 'wrong' | 'unreadable' | null
}

/** @param ideas the writer's own first, then the others' in the order shown */
export function readChecks(
  text: string,
  done: boolean,
  ideas: readonly string[],
  question: Pick<Question, 'steps' | 'answer'>,
): Pick<PeerAnalysis, 'checks' | 'rest' | 'current'> {
  const known = rightSteps(question)
  const labels = ideas.map((_, index) => ideaLabel(index))
  const checks = ideas.map((text, idea) => ({
    idea,
    marks: [] as Mark[],
    verdict: null as boolean | null,
    right: isAnswered(text, question),
  }))
  // A mark that the text still ends with may go on.
  const whole = done ? `${text}\n` : text.replace(/(right|wrong)$/, '')
  let current: (typeof checks)[number] | undefined
  let inVerdict = false
  let end = 0
  for (const { 0: found, index, groups = {} } of whole.matchAll(ANALYSIS)) {
    end = index + found.length
    if (groups.label !== undefined) current = checks[labels.indexOf(groups.label)]
    else if (groups.verdict !== undefined) inVerdict = true
    else if (groups.step !== undefined)
      current?.marks.push(markOf(groups, stepsIn(ideas[current.idea]), current.marks, known))
    else if (inVerdict) {
      const check = checks[labels.findIndex((label) => label.toLowerCase() === groups.judged)]
      if (check !== undefined) check.verdict ??= groups.judgement === 'right'
    }
  }
  const rest = whole.slice(end).replace(/^[.,]?\s*|\s+$/g, '')
  return { checks, rest, current: current?.idea ?? null }
}

/** Puts a mark on the first matching equation of the idea that has none yet. */
function markOf(
  { step, recomputed, says }: Readonly<Record<string, string>>,
  steps: readonly Step[],
  before: readonly Mark[],
  known: ReadonlySet<string> | null,
): Mark {
  const quote = stepsIn(step)[0]
  const written = canonicalStep(quote)
  const place = steps.findIndex(
    (one, k) => canonicalStep(one) === written && before.every(({ at }) => at !== k),
  )
  const mark = { quote, recomputed: Number(recomputed), says: says === 'right' }
  const rejected = known !== null && known.has(written) !== mark.says
  if (place < 0) return { ...mark, at: null, fault: 'misquote' }
  if (mark.recomputed !== recompute(quote)) return { ...mark, at: place, fault: 'miscalculated' }
  return { ...mark, at: place, fault: rejected ? 'rejected' : null }
}

/** Judges a complete analysis: it is right only if nothing in it is wrong and nothing is missing. */
export function soundness(
  text: string,
  ideas: readonly string[],
  question: Pick<Question, 'steps' | 'answer'>,
  mode: Mode,
): PeerAnalysis['sound'] {
  const order = reviewOrder(mode, ideas.length)
  if (readAnalysis(text, order.map(ideaLabel)) === null) return 'unreadable'
  if (question.steps.length === 0) return null
  const { checks } = readChecks(text, true, ideas, question)
  const sound = trueReviews(ideas, question, mode).every(({ steps }, i) => {
    const { marks, verdict, right } = checks[order[i]]
    const complete = steps.every((_, place) => marks.some(({ at }) => at === place))
    return verdict === right && complete && marks.every(({ fault }) => fault === null)
  })
  return sound ? 'right' : 'wrong'
}

/** Equations of the right solution in their canonical form; null where it is not known, as of a visitor's own question. */
export function rightSteps({ steps }: Pick<Question, 'steps'>): ReadonlySet<string> | null {
  return steps.length === 0 ? null : new Set(stepsIn(steps.join(' ')).map(canonicalStep))
}

/** Whether a text comes to the right answer; null where that is not known. */
export function isAnswered(text: string, { answer }: Pick<Question, 'answer'>): boolean | null {
  return answer === '' ? null : isRight(text, answer)
}

/** Returns the places of the ideas that contain an equation. */
export function sourcesOf(step: Step, ideas: readonly string[]): number[] {
  const wanted = canonicalStep(step)
  return ideas.flatMap((idea, index) =>
    stepsIn(idea).some((one) => canonicalStep(one) === wanted) ? [index] : [],
  )
}

/**
 * Returns whose ideas an analysis is about: the peer's own, then the others as it was shown them. With two peers that is
 * certain; with more it comes from the prompt, and is null until that is known.
 */
export function shownOrder(own: number, ideas: readonly string[], prompt?: string): number[] | null {
  const others = [...ideas.keys()].filter((index) => index !== own)
  if (others.length < 2) return [own, ...others]
  if (prompt === undefined) return null
  const order = [own]
  for (const k of others.keys()) {
    const found = others.find((index) => {
      const idea = ideas[index].trim().replace(/\s+/g, ' ')
      return !order.includes(index) && prompt.includes(`${ideaLabel(k + 1)}: ${idea}\n`)
    })
    if (found === undefined) return null
    order.push(found)
  }
  return order
}

/** A mark as it is drawn onto an equation of an idea. */
export interface DrawnMark extends Mark {
  /** The peer whose mark it is, by its place in the run. */
  readonly by: number
  readonly own: boolean
}

export interface Conversation {
  readonly ideas: readonly string[]
  /** By peer; null where there is nothing to read, or it is not known yet which idea is meant. */
  readonly analyses: readonly (PeerAnalysis | null)[]
  readonly marks: readonly (readonly DrawnMark[])[]
}

export function conversationOf(view: ExchangeView, peers: readonly string[]): Conversation {
  const { question, mode, writing } = view
  const ideas = peers.map((peer) => view.peers[peer]?.share?.text ?? '')
  const analyses = peers.map((peer, own): PeerAnalysis | null => {
    const said = view.peers[peer]?.analyze
    const about = said === undefined ? null : shownOrder(own, ideas, said.prompt)
    if (said === undefined || about === null) return null
    const done = writing !== 'analyze'
    const shown = about.map((index) => ideas[index])
    const sound = done && mode !== null ? soundness(said.text, shown, question, mode) : null
    return { ...readChecks(said.text, done, shown, question), about, sound }
  })
  const marks = peers.map((_, owner) =>
    analyses.flatMap((analysis, by) => {
      const check = analysis?.checks.find(({ idea }) => analysis.about[idea] === owner)
      return (check?.marks ?? []).map((mark) => ({ ...mark, by, own: by === owner }))
    }),
  )
  return { ideas, analyses, marks }
}

/** Returns whether all texts are equal; before they are done, whether they agree so far. */
export function agree(texts: readonly string[], done: boolean): boolean {
  const trimmed = texts.map((text) => text.trim())
  const longest = trimmed.reduce((one, other) => (other.length > one.length ? other : one), '')
  return trimmed.every((text) => (done ? text === longest : longest.startsWith(text)))
}

/** An equation for people: `7·2=14` and not `7*2=14`. */
export function writtenStep({ left, operator, right, result }: Step): string {
  const sign = { '+': '+', '-': '−', '*': '·' }[operator]
  return `${left}${sign}${right}=${writtenNumber(result)}`
}

export function writtenNumber(number: number): string {
  return String(number).replace('-', '−')
}
