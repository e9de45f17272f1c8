/**
 * Forms in which a text may state its final answer:
 * - `hashes-word`: the word after `####`, without a sign that ends a sentence;
 * - `hashes-line`: the rest of the line after `####` (`#### 3 \pi`, `#### (1, 2)`);
 * - `boxed`: the content of `\boxed{}`, with braces nested to any depth;
 * - `a-line`: the rest of a line that starts with `A:`. Use it only for GSM8K's model solutions, which are
 *   written so. In other texts such a line may be an option of a multiple choice or a speaker in a dialogue.
 */
export type AnswerForm = 'hashes-word' | 'hashes-line' | 'boxed' | 'a-line'

const PATTERNS: Readonly<Record<AnswerForm, RegExp>> = {
  'hashes-word': /####[ \t]*([^\s]+?)(?=[.,;:!?]?(?:\s|$))/g,
  'hashes-line': /####(?!#)[ \t]*([^\r\n]+)/g,
  boxed: /\\boxed\s?\{/g,
  'a-line': /^A:[ \t]*([^\r\n]+)/gm,
}

/** Maximum characters of a box; a longer one counts as never closed. */
const MAX_BOX = 1000

/** Returns the last answer stated in any of the forms, as written; null where there is none. */
export function statedAnswer(text: string, forms: readonly AnswerForm[]): string | null {
  let last = { at: -1, answer: '' }
  for (const form of forms)
    for (const match of text.matchAll(PATTERNS[form])) {
      const written = form === 'boxed' ? inBraces(text, match.index + match[0].length) : match[1]
      const answer = written?.trim() ?? ''
      if (answer !== '' && match.index > last.at) last = { at: match.index, answer }
    }
  return last.at < 0 ? null : last.answer
}

/** Returns the text from after an opening brace to its closing brace; null where it is not closed. */
export function inBraces(text: string, start: number): string | null {
  const end = Math.min(text.length, start + MAX_BOX)
  for (let i = start, depth = 1; i < end; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return text.slice(start, i)
  }
  return null
}
