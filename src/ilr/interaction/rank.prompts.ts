/** What the `prompt` judge asks. Slots: `{count}`, and `{questions}`, each on a line of its own after its number. */
export const RANK_PROMPT = `Here are {count} questions.
{questions}
Put them in order of difficulty for you, the easiest first. Reply with their numbers only, separated by commas.
Order: `
