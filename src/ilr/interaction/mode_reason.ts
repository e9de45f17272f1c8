import type { RunConfig } from '../../config/config'
import { mean } from '../../report/averages'
import type { Mode } from '../../tasks/task'
import type { Judgements } from '../events'

type ModeSettings = Pick<RunConfig, 'interaction' | 'cooperateProbability' | 'method'>

const DO: Readonly<Record<Mode, string>> = { cooperate: 'they help each other', compete: 'they compete' }
const DO_ALONE: Readonly<Record<Mode, string>> = {
  cooperate: 'each joins two answers of its own',
  compete: 'each sets two answers of its own against each other',
}

/** Returns a sentence that says why the peers cooperate or compete on a question. */
export function whyMode(
  { interaction, cooperateProbability, method }: ModeSettings,
  mode: Mode,
  judgement: Judgements,
): string {
  const done = (method === 'self-debate' ? DO_ALONE : DO)[mode]
  const chance = mean(Object.values(judgement).map(({ p }) => p))
  const solvable = `Probably ${chance < 0.5 ? 'not ' : ''}solvable alone (${percent(chance)})`
  switch (interaction) {
    case 'cooperate':
    case 'compete':
      return `In this run ${done} on every question.`
    case 'random':
      return `Drawn at random (${percent(cooperateProbability)} cooperate): ${done}.`
    case 'dynamic':
      return `${solvable}, so ${done}.`
    case 'inverse':
      return `${solvable}, and in this run the choice is turned round: ${done}.`
    case 'oracle':
      return `The right answer was looked up: ${mode === 'compete' ? 'a peer is' : 'no peer is known to be'} mostly right alone, so ${done}.`
  }
}

/** Returns a sentence that says how the modes of a run are chosen, for before the first choice is known. */
export function howModesAreChosen({ interaction, method }: ModeSettings): string {
  if (method === 'self-debate') return 'Each peer discusses its answer with another answer of its own.'
  switch (interaction) {
    case 'dynamic':
      return 'Hard questions: they help each other. Easy ones: they compete.'
    case 'inverse':
      return 'Hard questions: they compete. Easy ones: they help each other.'
    case 'oracle':
      return 'Where nobody is right alone they help each other, else they compete.'
    case 'random':
      return 'Chance decides whether they help each other or compete.'
    case 'cooperate':
    case 'compete':
      return `In this run ${DO[interaction]} on every question.`
  }
}

/** Formats a percentage, rounded down so that a mean just below one half does not read as 50 %. */
function percent(fraction: number): string {
  return `${Math.floor(100 * fraction + 1e-9)} %`
}

/** Returns a sentence that says why a question is not discussed. */
export function whyNotDiscussed(method: RunConfig['method']): string {
  switch (method) {
    case 'ilr':
      return 'Not discussed: their answers agree.'
    case 'solo':
      return 'They practise alone: no discussion.'
    case 'share-only':
      return 'No discussion: each copies the others’ right answers.'
    case 'self-debate':
      return 'Not discussed: each peer’s own answers agree.'
  }
}
