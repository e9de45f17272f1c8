import type { LessonPageName } from '../../../runs/lesson'
import type { LessonPage } from '../lesson_page'
import { policy, reward, rollouts } from './answers'
import { advantage, calibration } from './groups'
import { discussion, learned, limits } from './outcome'

export const PAGES: Readonly<Record<LessonPageName, LessonPage>> = {
  policy,
  rollouts,
  reward,
  advantage,
  discussion,
  calibration,
  learned,
  limits,
}
