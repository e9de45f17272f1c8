import { ideaLabel } from './prompts'

const LINE = /verdicts?\W*:\W*([^\r\n]*)/gi
const ENTRY = /^(mine|theirs(?: \d+)?):? (?:is )?(right|wrong)$/

/**
 * The verdicts of the last `Verdict: mine right, theirs wrong, theirs 2 right` in a text, in the order [own, ...others], true for right;
 * null unless every one of `ideas` solutions has exactly one. The order written, capitals and marks for bold are free.
 */
export function readVerdicts(text: string, ideas: number): boolean[] | null {
  const line = [...text.matchAll(LINE)].at(-1)?.[1]
  if (line === undefined) return null
  const entries = line
    .toLowerCase()
    .replace(/[*_`"]/g, '')
    .replace(/\.\s*$/, '')
    .split(/[,;]/)
  const found = new Map<string, boolean>()
  for (const entry of entries) {
    const [, label, verdict] = ENTRY.exec(entry.trim().replace(/\s+/g, ' ')) ?? []
    if (label === undefined || found.has(label)) return null
    found.set(label, verdict === 'right')
  }
  const verdicts = Array.from({ length: ideas }, (_, i) => found.get(ideaLabel(i).toLowerCase()))
  if (found.size !== ideas || verdicts.includes(undefined)) return null
  return verdicts.map((verdict) => verdict === true)
}
