import type { DrivenSuite } from '../driver'
import { frames } from './frames'
import { load } from './load'
import { memory } from './memory'
import { step } from './step'

/** The suites that open pages, browsers and builds themselves. */
export const DRIVEN_SUITES = { step, load, frames, memory } satisfies Record<string, DrivenSuite>
