import type { RunConfig } from '../runs/config'
import type { Judgements } from './events'

/** Why the peers cooperate or compete on a question, in a sentence. */
export function whyMode(
  { interaction, cooperateProbability }: Pick<RunConfig, 'interaction' | 'cooperateProbability'>,
  judgement: Judgements,
): string {
  if (interaction === 'random')
    return `Drawn by lot for this question: cooperate with probability ${cooperateProbability.toFixed(2)}.`
  if (interaction !== 'dynamic') return `The mode is set to “${interaction}” for this run.`
  const known = Object.values(judgement)
  const mean = known.reduce((sum, { p }) => sum + p, 0) / known.length
  return mean < 0.5
    ? `Hard for them (mean P ${mean.toFixed(2)}, below 0.50): they work together.`
    : `Within reach (mean P ${mean.toFixed(2)}, at least 0.50): each tries to win.`
}

/** Why a question is not discussed, in a sentence. */
export function whyNotDiscussed(method: RunConfig['method']): string {
  switch (method) {
    case 'ilr':
      return 'Not discussed: the peers’ answers agree.'
    case 'solo':
      return 'Single agent: no discussion.'
    case 'share-only':
      return 'No discussion: each peer learns from the others’ right answers as they are.'
  }
}
