/**
 * Reads what peers wrote about a word problem: equations, the marks that an analysis puts on them, and the peer that each
 * equation of a final answer comes from. Texts may still be growing. No DOM.
 */
import { readAnalysis, reviewOrder, trueReviews } from '../../tasks/analysis'
import { ideaLabel } from '../../tasks/prompts'
import { canonicalStep, isRight, recompute, type Step, stepsIn } from '../../tasks/solution'
import type { Mode, Question } from '../../tasks/task'
import type { ExchangeView } from './exchange_view'

/** A part of a solution, in the order of the text. */
export type Piece =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'words'; readonly text: string }

const EQUATION = String.raw`(\d+)([+\-*])(\d+)=(-?\d+)`
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
  for (const match of whole.matchAll(PIECE)) {
    pieces.push(...wordsPiece(whole.slice(end, match.index)))
    const answer = match[5]
    if (answer !== undefined) pieces.push({ kind: 'answer', text: answer })
    else pieces.push({ kind: 'step', step: stepOf(match.slice(1, 5)) })
    end = match.index + match[0].length
  }
  return [...pieces, ...wordsPiece(whole.slice(end))]
}

function wordsPiece(between: string): Piece[] {
  const text = between
    .replace(/^[.,;]?\s+/, '')
    .trimEnd()
    .replace(/#{1,4}$/, '')
    .replace(/####/g, '→')
  return /[^\s.,;]/.test(text) ? [{ kind: 'words', text }] : []
}

function stepOf([left, operator, right, result]: readonly string[]): Step {
  return {
    left: Number(left),
    operator: operator as Step['operator'],
    right: Number(right),
    result: Number(result),
  }
}

/** What is wrong with a mark; a misquote is about an equation that the idea does not contain. */
export type Fault = 'misquote' | 'miscalculated' | 'rejected'

/** A peer's mark on one equation. */
export interface Mark {
  /** The equation as the analysis has it. */
  readonly quote: Step
  /** What the analysis says that its left side comes to. */
  readonly recomputed: number
  readonly says: boolean
  /** Place among the equations of the idea; null where it quotes none of them. */
  readonly at: number | null
  /** Null for a mark that the checker accepts. */
  readonly fault: Fault | null
}

/** What an analysis says of one idea. */
export interface Check {
  /** 0 for the writer's own idea, else the idea's place among the others as the writer was shown them. */
  readonly idea: number
  readonly marks: readonly Mark[]
  /** Whether it calls the idea right; null while that is not written. */
  readonly verdict: boolean | null
  /** Whether the idea's answer is right. */
  readonly right: boolean
}

const ANALYSIS = new RegExp(
  String.raw`\b(Mine|Theirs(?: \d+)?):|${EQUATION} \((-?\d+)\) (right|wrong)(?![a-z])|\b(Verdict): |\b(mine|theirs(?: \d+)?) (right|wrong)(?![a-z])`,
  'g',
)

interface Written extends Check {
  readonly marks: Mark[]
  verdict: boolean | null
}

/** An analysis as far as it is written. */
export interface ReadAnalysis {
  readonly checks: readonly Check[]
  /** The end that is not part of a mark yet, and the check that it belongs to. */
  readonly rest: string
  readonly current: number | null
}

/**
 * Reads the marks of an analysis as far as it is written, and checks each against the ideas and the right solution.
 * @param ideas the writer's own first, then the others' in the order shown
 */
export function readChecks(
  text: string,
  done: boolean,
  ideas: readonly string[],
  question: Pick<Question, 'steps' | 'answer'>,
): ReadAnalysis {
  const right = rightSteps(question)
  const written = ideas.map((idea) => stepsIn(idea).map(canonicalStep))
  const labels = ideas.map((_, index) => ideaLabel(index))
  const checks = ideas.map((text, idea) => {
    const check: Written = { idea, marks: [], verdict: null, right: isRight(text, question.answer) }
    return check
  })
  // A mark that the text still ends with may go on.
  const whole = done ? `${text}\n` : text.replace(/(right|wrong)$/, '')
  let current: Written | undefined
  let inVerdict = false
  let end = 0
  for (const match of whole.matchAll(ANALYSIS)) {
    const [, label, left, , , , recomputed, says, verdict, judged, judgement] = match
    end = match.index + match[0].length
    if (label !== undefined) current = checks[labels.indexOf(label)]
    else if (verdict !== undefined) inVerdict = true
    else if (left !== undefined) {
      if (current === undefined) continue
      const quote = stepOf(match.slice(2, 6))
      const steps = written[current.idea]
      const taken = current.marks.map(({ at }) => at)
      const place = steps.findIndex((step, k) => step === canonicalStep(quote) && !taken.includes(k))
      const mark = { quote, recomputed: Number(recomputed), says: says === 'right' }
      current.marks.push({
        ...mark,
        at: place < 0 ? null : place,
        fault: faultOf(mark, place >= 0, right.has(canonicalStep(quote))),
      })
    } else if (inVerdict) {
      const check = checks[labels.findIndex((one) => one.toLowerCase() === judged)]
      if (check !== undefined) check.verdict ??= judgement === 'right'
    }
  }
  const rest = whole
    .slice(end)
    .replace(/^[.,]?\s*/, '')
    .trimEnd()
  return { checks, rest, current: current?.idea ?? null }
}

function faultOf(
  { quote, recomputed, says }: Pick<Mark, 'quote' | 'recomputed' | 'says'>,
  quoted: boolean,
  right: boolean,
): Fault | null {
  if (!quoted) return 'misquote'
  if (recomputed !== recompute(quote)) return 'miscalculated'
  return says === right ? null : 'rejected'
}

/** How a complete analysis holds up: as a whole it is right only if nothing in it is wrong and nothing is missing. */
export type Soundness = 'right' | 'wrong' | 'unreadable'

export function soundness(
  text: string,
  ideas: readonly string[],
  question: Pick<Question, 'steps' | 'answer'>,
  mode: Mode,
): Soundness {
  const order = reviewOrder(mode, ideas.length)
  if (readAnalysis(text, order.map(ideaLabel)) === null) return 'unreadable'
  const { checks } = readChecks(text, true, ideas, question)
  const sound = trueReviews(ideas, question, mode).every(({ steps }, i) => {
    const { marks, verdict, right } = checks[order[i]]
    const places = marks.map(({ at }) => at)
    return (
      verdict === right &&
      marks.every(({ fault }) => fault === null) &&
      steps.every((_, place) => places.includes(place))
    )
  })
  return sound ? 'right' : 'wrong'
}

/** Whether each equation belongs to the right solution, by its canonical form. */
export function rightSteps({ steps }: Pick<Question, 'steps'>): ReadonlySet<string> {
  return new Set(stepsIn(steps.join(' ')).map(canonicalStep))
}

/** The places of the ideas that contain an equation; none for one that nobody had. */
export function sourcesOf(step: Step, ideas: readonly string[]): number[] {
  const wanted = canonicalStep(step)
  return ideas.flatMap((idea, index) =>
    stepsIn(idea).some((one) => canonicalStep(one) === wanted) ? [index] : [],
  )
}

/**
 * Whose ideas an analysis is about: own first, then the others as the writer was shown them, by their places in `ideas`. With
 * two peers that is certain; with more it is read from the prompt, and null until that is known.
 */
export function shownOrder(own: number, ideas: readonly string[], prompt: string | null): number[] | null {
  const others = ideas.map((_, index) => index).filter((index) => index !== own)
  if (others.length < 2) return [own, ...others]
  if (prompt === null) return null
  const left = new Set(others)
  const order = [own]
  for (const k of others.keys()) {
    const found = [...left].find((index) =>
      prompt.includes(`${ideaLabel(k + 1)}: ${oneLine(ideas[index])}\n`),
    )
    if (found === undefined) return null
    left.delete(found)
    order.push(found)
  }
  return order
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/** A mark as it is drawn onto an equation of an idea. */
export interface DrawnMark extends Mark {
  /** The peer whose mark it is, by its place in the run. */
  readonly by: number
  /** Whether the idea is its own. */
  readonly own: boolean
}

/** An analysis with the peers that its checks are about. */
export interface PeerAnalysis extends ReadAnalysis {
  /** For each check, the peer whose idea it is about. */
  readonly about: readonly number[]
  /** Null until the analysis is complete. */
  readonly sound: Soundness | null
}

export interface Conversation {
  readonly ideas: readonly string[]
  /** By peer; null where there is nothing to read, or it is not known yet which idea is meant. */
  readonly analyses: readonly (PeerAnalysis | null)[]
  /** By peer, the marks on its idea. */
  readonly marks: readonly (readonly DrawnMark[])[]
}

/** What the peers said to each other about a word problem, as far as it is written. */
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

/** Whether all texts are the same; while they are written, whether they are as far as they go. */
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
