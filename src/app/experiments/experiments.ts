/** Things to try. Numbers are the study's (docs/study.md), or of one run where the text says so. */
import type { RunConfig } from '../../config/config'
import { presetConfig, SINGLE_AGENT } from '../../config/presets'

export interface Experiment {
  readonly title: string
  readonly preset: string
  /** What differs from the preset besides the size of the study's runs. */
  readonly changes: Partial<RunConfig>
  readonly look: string
  readonly why: string
}

/** Size of every experiment, so that results compare with the study and with each other. */
export const SIZE = {
  steps: 20,
  questionsPerStep: 6,
  discuss: 'disputed',
  discussGenerations: 4,
  evalEvery: 2,
  evalMethodsEvery: 5,
  evalSize: 120,
} as const satisfies Partial<RunConfig>

export function experimentConfig({ preset, changes }: Experiment): RunConfig {
  return presetConfig(preset, { ...SIZE, ...changes })
}

export const EXPERIMENTS: readonly Experiment[] = [
  {
    title: 'Two half-right ideas become one right answer',
    preset: 'halves',
    changes: {},
    look: 'At first nobody is right alone: 0 %. But look at stage Fuse: together they often are. In the study they were right in 97.5 % alone after 20 steps.',
    why: 'Every question needs two skills, and each peer has one of them. A discussion puts them together, and what came of it is then learned on the bare question.',
  },
  {
    title: 'The same questions, every peer for itself',
    preset: 'halves',
    changes: SINGLE_AGENT,
    look: 'The curve of accuracy stays at the bottom. In the study it was at 1 %, even after three times as many steps.',
    why: 'Learning of this kind makes right answers likelier. Who never comes upon one by chance has nothing to make likelier.',
  },
  {
    title: 'No discussion: just copy who was right',
    preset: 'duet',
    changes: { method: 'share-only', steps: 53 },
    look: 'It works, and well: 96 % in the study, where discussing came to 88 % with as many tokens written. A step without a discussion is short, so there are 53 of them.',
    why: 'Here one peer alone often has the right answer. The other can learn it without talking about it.',
  },
  {
    title: 'Copying where nobody is right',
    preset: 'halves',
    changes: { method: 'share-only', steps: 61 },
    look: 'It depends on luck. Five runs of the study, with five seeds, ended at 0, 0, 1, 61 and 98 %. Try another seed.',
    why: 'There is something to copy only once a peer has, by chance, been right. With a discussion none of five runs had to wait for that.',
  },
  {
    title: 'Learn to discuss, and nothing else',
    preset: 'halves',
    changes: { trainContext: 'discussion' },
    look: 'The answers of stage Fuse are trained, but only as answers to the prompt of the discussion. In the study, 0 % was kept for answering alone.',
    why: 'What was learned behind a long prompt, with the ideas of the other in it, does not show up when the question stands alone.',
  },
  {
    title: 'Only ever compete',
    preset: 'duet',
    changes: { interaction: 'compete' },
    look: 'Perhaps nothing to be seen: 90 % in the study, 89 % with “cooperate”, 88 % where the peers’ ability decides. They may well be the same.',
    why: 'The page shows how the mode is chosen for each question. Whether it matters is another question, and five seeds cannot tell.',
  },
  {
    title: 'Learn ten times as fast',
    preset: 'duet',
    changes: { learningRate: 1e-2 },
    look: 'They lose what they knew. In one run, with seed 1, 59 % became 27 % after 10 steps and 1 % after 20, and what they wrote was no longer a sentence.',
    why: 'Every update goes a little way in a direction that looks good from where the peer stands. Too far in that direction, it is somewhere else.',
  },
  {
    title: 'Two answers in a group, not eight',
    preset: 'duet',
    changes: { numGenerations: 2 },
    look: 'Look at frac_reward_zero_std among the numbers below: two answers are more often equally good than eight. In one run, with seed 1, they went from 59 % to 87 % all the same, as with eight.',
    why: 'An answer counts for more or less than the others of its group. Where all are right, or all wrong, there is nothing to tell them apart, and nothing is learned from them.',
  },
]
