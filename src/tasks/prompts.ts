import type { Discussion, PromptSet, Prompts } from './task'

/** Label of idea 0 (the peer's own) and of the others in the order shown. */
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

/** In one pass, so that what fills a slot is never taken for a template. */
function fill(template: string, slots: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) =>
    Object.hasOwn(slots, name) ? slots[name] : slot,
  )
}

/** An idea or analysis as one line of a prompt. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

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
