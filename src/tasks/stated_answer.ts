/**
 * Where a text may state its final answer:
 * - `hashes-word`: the word after `####`, without a sign that ends a sentence;
 * - `hashes-line`: all of the line after `####` (`#### 3 \pi`, `#### (1, 2)`);
 * - `boxed`: inside `\boxed{}`, braces nested as deep as they like;
 * - `a-line`: the rest of a line that starts with `A:`. For texts known to be written so only (the model solutions that come
 *   with GSM8K): elsewhere such a line may be anybody's, an option of a multiple choice or a speaker in a dialogue.
 */
export type AnswerForm = 'hashes-word' | 'hashes-line' | 'boxed' | 'a-line'

const PATTERNS: Readonly<Record<AnswerForm, RegExp>> = {
  'hashes-word': /####[ \t]*([^\s]+?)(?=[.,;:!?]?(?:\s|$))/g,
  'hashes-line': /####(?!#)[ \t]*([^\r\n]+)/g,
  boxed: /\\boxed\s?\{/g,
  'a-line': /^A:[ \t]*([^\r\n]+)/gm,
}

/** A box that is not closed after so many letters is taken for one that never is. */
const MAX_BOX = 1000

/** What the text says its answer is, as it stands there: the last statement in any of the forms; null where there is none. */
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

/** From just behind an opening brace to its closing one; null where it is not closed. */
export function inBraces(text: string, start: number): string | null {
  const end = Math.min(text.length, start + MAX_BOX)
  for (let i = start, depth = 1; i < end; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return text.slice(start, i)
  }
  return null
}
