import type { PromptSet } from './task'

const CLOSING = 'End with one line that holds the final answer and nothing else:\n#### answer\n'
const ASKED = 'Problem: {question}\n\n'
const DISCUSSED = `${ASKED}Solutions ("Mine" is yours, the others are other people's):\n{ideas}\n`
const VERDICT =
  'End with one line that judges every solution by its label, in the order above, each right or wrong, in this form:\n' +
  'Verdict: mine right, theirs wrong, theirs 2 wrong\n' +
  'Name only the solutions that are there. A solution is right when its final answer is right.\n'
const COOPERATING = 'You and the others work on this problem together.'
const COMPETING = 'You and the others compete: whoever has the best final solution wins.'

/** Prompts in words for instructed models. The checker reads the closing lines. */
export const mathsPrompts: PromptSet = {
  share: `${ASKED}Solve the problem step by step. Write each calculation as an equation, such as 3 * 4 = 12.\n${CLOSING}`,
  idea: '{label}: {idea}\n',
  analyze: {
    cooperate:
      `${DISCUSSED}${COOPERATING} Go through every solution, yours first: recalculate its steps, say what is useful in it ` +
      `and what has to be corrected. Be brief.\n${VERDICT}`,
    compete:
      `${DISCUSSED}${COMPETING} Look for the first mistake in each of the others' solutions, then examine yours as ` +
      `critically as they will: recalculate the steps and point out what does not hold. Be brief.\n${VERDICT}`,
  },
  fuse: {
    cooperate:
      `${DISCUSSED}Your analysis: {analysis}\n\n${COOPERATING} Combine what is right in all solutions into one, step by step, ` +
      `following your analysis.\n${CLOSING}`,
    compete:
      `${DISCUSSED}Your analysis: {analysis}\n\n${COMPETING} Write the solution that stands up to every objection in your ` +
      `analysis, step by step; keep to yours only where it held.\n${CLOSING}`,
  },
  debate: `${DISCUSSED}Consider all solutions and solve the problem again, step by step.\n${CLOSING}`,
}
