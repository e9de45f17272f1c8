import type { LessonPageName } from '../../runs/lesson'

/** What the pages of the lesson are called, here and where a link to one is made. */
export const LESSON_TITLES: Readonly<Record<LessonPageName, string>> = {
  policy: 'A model is a policy',
  rollouts: 'One question, many tries',
  reward: 'A number for every answer',
  advantage: 'Better than your own average',
  discussion: 'Why discuss?',
  calibration: 'Rewards in the light of others',
  learned: 'What was learned?',
  limits: 'What this does not show',
}
