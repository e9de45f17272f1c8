import type { PromptSet } from '../task'

const FORM = `Answer with the complete function in one block and nothing after it:
\`\`\`js
function name(arguments) {
  ...
}
\`\`\`
Plain JavaScript: no imports, no export, no printing, no comments.`

const DISCUSSED = '{question}\n\nIdeas so far:\n{ideas}\n'

const VERDICT = `In a few sentences, follow each idea through the example and through edge cases. Write no code block.
Close with one line that judges every idea by its label, in exactly this form, choosing right or wrong for each:
Verdict: mine right|wrong, theirs right|wrong.`

const COOPERATE = `${DISCUSSED}You and the others solve this together. See what is sound in each idea, yours as well as theirs, what the ideas can take from one another, and what all of them still miss.
${VERDICT}`

const COMPETE = `${DISCUSSED}You and the others compete, and the best function wins. Look for inputs on which their ideas return something wrong, then test your own idea just as strictly.
${VERDICT}`

/** Prompts for instructed models that write JavaScript. */
export const codePrompts: PromptSet = {
  share: `{question}\n\n${FORM}`,
  idea: '{label}: {idea}\n',
  analyze: { cooperate: COOPERATE, compete: COMPETE },
  fuse: {
    cooperate: `${DISCUSSED}What you found looking at them together:\n{analysis}\n\nPut the best of all ideas together into one right function.\n${FORM}`,
    compete: `${DISCUSSED}What you found testing them against each other:\n{analysis}\n\nDecide for the idea that stands, or write a better one if none does.\n${FORM}`,
  },
  debate: `${DISCUSSED}Taking the ideas of the others into account, answer the question anew.\n${FORM}`,
}
