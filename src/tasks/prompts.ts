import type { Discussion, PromptSet, Prompts } from './task'

/** Returns the label of an idea: index 0 is the peer's own, the others follow in the order shown. */
export function ideaLabel(index: number): string {
  if (index === 0) return 'Mine'
  return index === 1 ? 'Theirs' : `Theirs ${index}`
}

export function renderPrompts(set: PromptSet): Prompts {
  const ideas = ({ own, others }: Discussion) =>
    [own, ...others].map((idea, i) => fill(set.idea, { label: ideaLabel(i), idea: oneLine(idea) })).join('')
  const discussed = (template: string, discussion: Discussion) =>
    fill(template, {
      question: discussion.question.text,
      ideas: ideas(discussion),
      analysis: oneLine(discussion.analysis ?? ''),
    })
  return {
    sharePrompt: (question) => fill(set.share, { question: question.text }),
    analyzePrompt: (discussion) => discussed(set.analyze[discussion.mode], discussion),
    fusePrompt: (discussion) => discussed(set.fuse[discussion.mode], discussion),
    debatePrompt: (discussion) => discussed(set.debate, discussion),
  }
}

/** Fills slots in one pass, so that a filled-in text is never read as a template. */
function fill(template: string, slots: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) =>
    Object.hasOwn(slots, name) ? slots[name] : slot,
  )
}

/** Joins an idea or analysis to one line of a prompt. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

const LINE = /verdicts?\W*:\W*([^\r\n]*)/gi
const ENTRY = /^(mine|theirs(?: \d+)?):? (?:is )?(right|wrong)$/

/**
 * Reads the verdicts of the last `Verdict: mine right, theirs wrong, theirs 2 right` in a text, in the order
 * [own, ...others], true for right. Returns null unless each of `ideas` solutions has exactly one. The
 * written order, capitals and Markdown marks are free.
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
