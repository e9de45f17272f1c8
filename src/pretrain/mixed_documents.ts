/**
 * The corpus of `mixed`. Each mode is taught without the other's ability. Cooperating, a peer marks calculations and
 * splices steps with the results that the ideas state, slips included. Competing, it solves the problem again as it
 * reads it, judges the ideas by their answers and keeps one idea whole, misread or not.
 */
import type { Stream } from '../random'
import {
  joined,
  judgedByAnswer,
  type ModeAnalysis,
  markedCalculations,
  sameCalculation,
  writeModeAnalysis,
} from '../tasks/mode_analysis'
import { readingsOf } from '../tasks/skills'
import {
  finalAnswer,
  isRight,
  recompute,
  type Step,
  stepsIn,
  writeCalculation,
  writeStep,
} from '../tasks/solution'
import type { Question } from '../tasks/task'
import {
  type Document,
  DocumentWriter,
  drillPrompt,
  MODES,
  type TextEncoder,
  trainQuestion,
  writeSteps,
} from './documents'
import { miscount, miscounted, misreading, rightIdea } from './ideas'
import { type PeerProfile, partnersOf } from './profiles'

/** Share of a peer's solo answers with a slip, in the skill where it slips. */
const SLIPS = 0.4
/** Share of merge questions discussed with a peer that lacks the same reading. */
const TWIN = 0.2
const EQUATIONS = 8

/** Returns the next document. A `drilling` curriculum has more drills than questions. */
export function mixedDocument(
  profile: PeerProfile,
  encoder: TextEncoder,
  stream: Stream,
  { discussing, drilling }: { readonly discussing: boolean; readonly drilling: boolean },
): Document {
  const draw = stream.uniform()
  if (!discussing)
    return draw < (drilling ? 0.5 : 0.15)
      ? wideEquations(encoder, stream)
      : soloAnswer(profile, encoder, stream)
  if (draw < (drilling ? 0.3 : 0.12)) return copyDrill(encoder, stream)
  if (draw < (drilling ? 0.8 : 0.3)) return verdictDrill(encoder, stream)
  return discussion(profile, encoder, stream)
}

function wideStep(stream: Stream): Step {
  const kind = stream.uniform()
  const draw = (): [number, Step['operator'], number] => {
    if (kind < 0.45)
      return [stream.int(1, stream.pick([20, 60, 120])), '+', stream.int(1, stream.pick([12, 40, 110]))]
    if (kind < 0.75) {
      const left = stream.int(4, stream.pick([40, 80, 120]))
      // Competing peers subtract answers, which may be equal, and either may be larger.
      const draw = stream.uniform()
      if (draw < 0.2) return [left, '-', left]
      return [left, '-', draw < 0.4 ? stream.int(1, 120) : stream.int(1, Math.min(left - 1, 40))]
    }
    return [stream.int(3, 9), '*', stream.int(2, 12)]
  }
  const [left, operator, right] = draw()
  const swap = operator === '+' && stream.uniform() < 0.3
  const step = { left: swap ? right : left, operator, right: swap ? left : right, result: 0 }
  return { ...step, result: recompute(step) }
}

function wideEquations(encoder: TextEncoder, stream: Stream): Document {
  const lines = Array.from({ length: EQUATIONS }, () => writeStep(wideStep(stream)))
  return new DocumentWriter(encoder).results(`${lines.join('. ')}. `).end()
}

/** Returns a step whose result is right, off by a little or random: only a copy gives it, no calculation. */
function statedStep(stream: Stream, right: number): Step {
  const step = wideStep(stream)
  const draw = stream.uniform()
  if (draw < right) return step
  return draw < (1 + right) / 2 ? miscount(step, stream) : { ...step, result: stream.int(1, 120) }
}

/** Drills copying by name: one idea whole when competing, the steps marked right when cooperating. */
function copyDrill(encoder: TextEncoder, stream: Stream): Document {
  const mode = stream.pick(MODES)
  const idea = () => {
    const [x, y] = [statedStep(stream, 0.35), statedStep(stream, 0.35)]
    return [x, y, joined([x, y], SUM_OF_TWO)]
  }
  const [own, theirs] = [idea(), idea()]
  let fused: readonly Step[]
  let analysis: ModeAnalysis
  if (mode === 'compete') {
    fused = stream.uniform() < 0.5 ? own : theirs
    analysis = judgedByAnswer([own, theirs].map(writeSteps), writeSteps(fused))
  } else {
    const fromOwn = [0, 1].map(() => stream.uniform() < 0.5)
    const parts = fromOwn.map((mine, i) => (mine ? own : theirs)[i])
    fused = [...parts, joined(parts, SUM_OF_TWO)]
    const both = stream.uniform() < 0.5
    const mark = (label: string, idea: readonly Step[], right: readonly boolean[]) => ({
      label,
      marks: idea.map((step, i) => ({ calculation: writeCalculation(step), result: null, right: right[i] })),
      right: right.every(Boolean),
    })
    analysis = {
      solution: null,
      ideas: [
        mark('Mine', own, [...fromOwn.map((mine) => mine || both), true]),
        mark('Theirs', theirs, [...fromOwn.map((mine) => !mine), true]),
      ],
    }
  }
  const [mine, others] = [writeSteps(own), [writeSteps(theirs)]]
  return new DocumentWriter(encoder)
    .prompt(drillPrompt('fuse', { mode, own: mine, others, analysis: writeModeAnalysis(analysis) }))
    .completion(writeSteps(fused))
    .end()
}

/** Two parts, of results 1 and 2, and their sum: the shape of a solution whose parts are added. */
const SUM_OF_TWO = stepsIn('1*1=1 1*2=2 1+2=3')

/** Drills comparing: given a solution and two ideas of any steps, which idea has its answer? */
function verdictDrill(encoder: TextEncoder, stream: Stream): Document {
  const solution = (answer: number | null) => {
    const steps = Array.from({ length: stream.int(1, 2) }, () => statedStep(stream, 0.6))
    if (answer !== null) steps[steps.length - 1] = { ...steps[steps.length - 1], result: answer }
    return writeSteps(steps)
  }
  const again = solution(null)
  const answer = Number(finalAnswer(again))
  const ideas = [0, 1].map(() => {
    const draw = stream.uniform()
    if (draw < 0.5) return solution(answer)
    const off = miscount({ left: answer, operator: '+', right: 0, result: answer }, stream).result
    return solution(draw < 0.8 ? off : null)
  })
  const judged = writeModeAnalysis(judgedByAnswer(ideas, again)).slice(again.length)
  return new DocumentWriter(encoder)
    .prompt(drillPrompt('analyze', { mode: 'compete', own: ideas[0], others: [ideas[1]] }))
    .prompt(again)
    .completion(judged)
    .end()
}

/** Returns what the peer says alone, before any slip: one of two wrong readings where it lacks one. */
function readAs({ missing }: PeerProfile, question: Question, stream: Stream): string {
  return misreading(question, missing, stream.uniform() < 0.5 ? 'added' : 'doubled')
}

function soloAnswer(profile: PeerProfile, encoder: TextEncoder, stream: Stream): Document {
  const question = trainQuestion(profile, stream)
  const idea = readAs(profile, question, stream)
  const slips = question.skill === profile.slipsIn && stream.uniform() < SLIPS
  return new DocumentWriter(encoder)
    .prompt(profile.task.sharePrompt(question))
    .completion(slips ? miscounted(idea, stream) : idea)
    .end()
}

/** Returns the ideas of a peer and a partner, as they may be at any time of a run. */
function ideasOn(
  question: Question,
  profile: PeerProfile,
  partner: PeerProfile,
  stream: Stream,
): readonly [own: string, theirs: string] {
  if (readingsOf(question.skill).length === 1) {
    const kind = stream.uniform()
    const idea = (slips: boolean) => (slips ? miscounted(rightIdea(question), stream) : rightIdea(question))
    return [idea(kind < 0.4 || kind > 0.9), idea((kind > 0.4 && kind < 0.8) || kind > 0.9)]
  }
  const idea = (peer: PeerProfile) => {
    const read = stream.uniform() < 0.8 ? readAs(peer, question, stream) : rightIdea(question)
    return stream.uniform() < 0.3 ? miscounted(read, stream) : read
  }
  return [idea(profile), idea(partner)]
}

/** Writes one discussion with a partner, from ideas to fused answer; some end after the analysis. */
function discussion(profile: PeerProfile, encoder: TextEncoder, stream: Stream): Document {
  const { task } = profile
  const question = trainQuestion(profile, stream)
  const mode = stream.pick(MODES)
  const complements = partnersOf(profile).filter(({ missing }) => missing[0] !== profile.missing[0])
  const partner = stream.uniform() < TWIN ? profile : stream.pick(complements)
  const [own, theirs] = ideasOn(question, profile, partner, stream)
  const about = { question, mode, own, others: [theirs] }
  const writer = new DocumentWriter(encoder)
  const extent = stream.uniform()
  if (extent < 0.05) {
    const right = [own, theirs].find((idea) => isRight(idea, question.answer))
    return writer
      .prompt(task.debatePrompt(about))
      .completion(right ?? own)
      .end()
  }
  const looked =
    mode === 'cooperate'
      ? markedCalculations([own, theirs], question.steps)
      : judgedByAnswer([own, theirs], readAs(profile, question, stream))
  const analysis = writeModeAnalysis(looked)
  const asked = task.analyzePrompt(about)
  writer.prompt(asked).completion(analysis)
  if (extent < 0.2) return writer.end()
  const cue = task.fusePrompt({ ...about, analysis }).slice(asked.length + analysis.length)
  return writer
    .prompt(cue)
    .completion(mode === 'cooperate' ? spliced(question, [own, theirs]) : keptWhole([own, theirs], looked))
    .end()
}

/**
 * Returns the steps that the problem calls for, as the ideas state them: the others' before the own. A part that no
 * idea has stays as in the own idea.
 */
function spliced(question: Question, [own, ...others]: readonly string[]): string {
  const right = stepsIn(question.steps.join(' '))
  const ownSteps = stepsIn(own)
  const stated = [...others.flatMap(stepsIn), ...ownSteps]
  const find = (wanted: Step) => stated.find((step) => sameCalculation(step, wanted))
  const parts = right.slice(0, -1).map((part, i) => find(part) ?? ownSteps[i])
  const last = joined(parts, right)
  return writeSteps([...parts, find(last) ?? last])
}

/** Returns the own idea unless it is judged wrong and another one right. */
function keptWhole([own, ...others]: readonly string[], { ideas }: ModeAnalysis): string {
  const [byOthers, byOwn] = [ideas.slice(0, -1), ideas[ideas.length - 1]]
  return byOwn.right ? own : (others[byOthers.findIndex(({ right }) => right)] ?? own)
}
