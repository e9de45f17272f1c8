/** How the peers are asked for code: apart from the questions, since what a run takes is estimated from it. */

import { renderPrompts } from '../prompts'
import type { Stage, Wording } from '../task'
import { codePrompts } from './code.prompts'

/** New tokens a stage may take: functions are short, an analysis looks at every idea. */
function maxNewTokens(stage: Stage, peers: number): number {
  return stage === 'analyze' ? 60 + 110 * peers : 400
}

export const codeWording: Wording = { prompts: codePrompts, ...renderPrompts(codePrompts), maxNewTokens }
