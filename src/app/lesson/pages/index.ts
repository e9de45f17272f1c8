import type { LessonPageName } from '../../../runs/lesson'
import type { LessonPage } from '../lesson_page'
import { advantage } from './advantage'
import { calibration } from './calibration'
import { discussion } from './discussion'
import { learned } from './learned'
import { limits } from './limits'
import { policy } from './policy'
import { reward } from './reward'
import { rollouts } from './rollouts'

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
