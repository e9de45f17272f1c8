/** Question of the `prompt` judge. Slots: `{count}`, and `{questions}`, one numbered question a line. */
export const RANK_PROMPT = `Here are {count} questions.
{questions}
Put them in order of difficulty for you, the easiest first. Reply with their numbers only, separated by commas.
Order: `
