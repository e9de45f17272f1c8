import type { RunConfig } from '../../config/config'
import { mean } from '../../report/averages'
import type { Mode } from '../../tasks/task'
import type { Judgements } from '../events'

const DO: Readonly<Record<Mode, string>> = { cooperate: 'they help each other', compete: 'they compete' }

/** Returns a sentence that says why the peers cooperate or compete on a question. */
export function whyMode(
  { interaction, cooperateProbability }: Pick<RunConfig, 'interaction' | 'cooperateProbability'>,
  mode: Mode,
  judgement: Judgements,
): string {
  if (interaction === 'random')
    return `Drawn at random (${percent(cooperateProbability)} cooperate): ${DO[mode]}.`
  if (interaction !== 'dynamic') return `In this run ${DO[mode]} on every question.`
  const chance = mean(Object.values(judgement).map(({ p }) => p))
  return mode === 'cooperate'
    ? `Probably not solvable alone (${percent(chance)}), so ${DO[mode]}.`
    : `Probably solvable alone (${percent(chance)}), so ${DO[mode]}.`
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
  }
}
