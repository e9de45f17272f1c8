const ASKED = 'Question: {question}\n'
const DISCUSSED = `${ASKED}{ideas}`

/**
 * Prompts of the embedded peers, which were brought up on these very lines. The S2 prompt and its completion open the S3
 * prompt: a discussion is one growing text.
 */
import type { PromptSet } from './task'
export const wordProblemPrompts: PromptSet = {
  share: `${ASKED}Answer:\n`,
  idea: '{label}: {idea}\n',
  analyze: {
    cooperate: `${DISCUSSED}Check together:\n`,
    compete: `${DISCUSSED}Find the mistake:\n`,
  },
  fuse: {
    cooperate: `${DISCUSSED}Check together:\n{analysis}\nCombine:\n`,
    compete: `${DISCUSSED}Find the mistake:\n{analysis}\nDecide:\n`,
  },
  debate: `${DISCUSSED}Answer again:\n`,
}
