import type { PromptSet } from './task'

const ASKED = 'Question: {question}\n'
const DISCUSSED = `${ASKED}{ideas}`

/**
 * Prompts of the embedded peers, which were pretrained on exactly these lines. The S3 prompt begins with the
 * S2 prompt and its completion: a discussion is one growing text.
 */
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
