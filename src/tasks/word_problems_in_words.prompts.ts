import type { PromptSet } from './task'

const ASKED = 'Problem: {question}\n\n'
const DISCUSSED = `${ASKED}Solutions ("Mine" is yours, the others are other people's):\n{ideas}\n`
const STEPS =
  'Write each calculation as an equation of two whole numbers without spaces, such as 3*4=12, with +, - or * as its sign.'
const CLOSING = 'End with the final answer as a bare number behind four hashes, in this form:\n#### 12\n'
const FORM =
  'Write all of your analysis in one line: for each solution its label, a colon and its equations, each as the solution has it, with ' +
  'the result that you get for its left side in brackets, and with the word right where the problem calls for that ' +
  'equation and it is correct, else wrong; then a full stop. End the line with a verdict on every solution, which is right when ' +
  'its final answer is right. For two solutions the line has this form:\n'
const COOPERATING = 'You and the others work on this problem together.'
const COMPETING = 'You and the others compete: whoever has the best final solution wins.'

/**
 * Prompts in words for instructed models. They ask for exactly the forms that the checker of word problems
 * reads.
 */
export const wordProblemPromptsInWords: PromptSet = {
  share: `${ASKED}Solve the problem step by step. ${STEPS}\n${CLOSING}`,
  idea: '{label}: {idea}\n',
  analyze: {
    cooperate:
      `${DISCUSSED}${COOPERATING} Work out the equations of every solution anew, in the order above, and see which of them the ` +
      `problem calls for.\n${FORM}Mine: 9+5=13 (14) wrong. Theirs: 9-5=4 (4) right, 9+4=13 (13) right. Verdict: mine wrong, theirs right.\n`,
    compete:
      `${DISCUSSED}${COMPETING} Look for the first mistake in each of the others' solutions, in the order above, and then in yours; a ` +
      `solution's equations behind its first wrong one are left out.\n${FORM}Theirs: 9-5=4 (4) right, 9+4=13 (13) right. ` +
      `Mine: 9+5=13 (14) wrong. Verdict: theirs right, mine wrong.\n`,
  },
  fuse: {
    cooperate:
      `${DISCUSSED}Your analysis: {analysis}\n\n${COOPERATING} Put what is right in the solutions together into one solution, ` +
      `following your analysis. ${STEPS}\n${CLOSING}`,
    compete:
      `${DISCUSSED}Your analysis: {analysis}\n\n${COMPETING} Write the solution in which your analysis finds no mistake; keep to ` +
      `yours only where it held. ${STEPS}\n${CLOSING}`,
  },
  debate: `${DISCUSSED}Consider all solutions and solve the problem again, step by step. ${STEPS}\n${CLOSING}`,
}
