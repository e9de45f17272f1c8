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
