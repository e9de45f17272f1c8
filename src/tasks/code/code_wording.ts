/** Prompts of the code task, apart from its questions because cost estimates need only the prompts. */

import { renderPrompts } from '../prompts'
import type { Stage, Wording } from '../task'
import { codePrompts } from './code.prompts'

/** Maximum new tokens of a stage: functions are short, and an analysis covers every idea. */
function maxNewTokens(stage: Stage, peers: number): number {
  return stage === 'analyze' ? 60 + 110 * peers : 400
}

export const codeWording: Wording = { prompts: codePrompts, ...renderPrompts(codePrompts), maxNewTokens }
