/** Text from anywhere inside Markdown, where it stays text: it can make no heading, link, image or HTML. */

/** Control characters but for tabs and line feeds, marks of the direction of writing, odd line breaks, halves of characters. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu

/** A block that shows the text to the letter. */
export function literalBlock(text: string): string {
  const shown = withoutControls(text)
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}text\n${shown.replace(/\n+$/, '')}\n${fence}`
}

/** The text within a line: punctuation means itself, and breaks of lines are spaces. */
export function literalLine(text: string): string {
  return withoutControls(text)
    .replace(/\s+/g, ' ')
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
}

/**
 * Line breaks and tabs stay. Other control characters, which a terminal would obey, and those that turn the direction of writing are
 * shown as their code points.
 */
function withoutControls(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, (letter) => `\\u{${letter.codePointAt(0)?.toString(16) ?? ''}}`)
}
