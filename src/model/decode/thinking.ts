/** Between these a model thinks, and nobody listens: Qwen3's marks, which others have taken over. */
const OPEN = '<think>'
const CLOSE = '</think>'

/** Stands before an answer without thoughts where thoughts are usual; `begun` as below. */
export function noThoughts(begun: boolean): string {
  return `${begun ? '' : `${OPEN}\n`}\n${CLOSE}\n\n`
}

/** Whether a prompt leaves the model in the middle of a thought. */
export function endsThinking(prompt: string): boolean {
  return prompt.lastIndexOf(OPEN) > prompt.lastIndexOf(CLOSE)
}

/**
 * A completion without its thoughts: what stands behind the last of them. Nothing where a thought is not at its end.
 * @param begun whether the prompt has opened the first thought
 */
export function withoutThoughts(text: string, begun: boolean): string {
  const end = text.lastIndexOf(CLOSE)
  if (end < 0 && begun) return ''
  const rest = end < 0 ? text : text.slice(end + CLOSE.length).trimStart()
  // Also while the mark is being written, letter by letter.
  return rest.includes(OPEN) || OPEN.startsWith(rest.trim()) ? '' : rest
}
