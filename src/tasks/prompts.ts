import type { Discussion, Mode, Question } from './task'

/**
 * The prompts of a task family, as data: one file per family (`*.prompts.ts`), shown verbatim by the page. Slots:
 * `{question}`, `{ideas}` (one `idea` per peer, one's own first) and `{analysis}` (the peer's own S2 completion).
 */
export interface PromptSet {
  /** S1, and solo inference: the question only. */
  readonly share: string
  /** One idea among `{ideas}`: `{label}` is `Mine`, `Theirs`, `Theirs 2` …; `{idea}` the completion as one line. */
  readonly idea: string
  readonly analyze: Readonly<Record<Mode, string>>
  readonly fuse: Readonly<Record<Mode, string>>
  /** The debate baseline at inference: others' ideas are seen, nothing is analyzed. */
  readonly debate: string
}

/** Label of idea 0 (the peer's own) and of the others in the order shown. */
export function ideaLabel(index: number): string {
  if (index === 0) return 'Mine'
  return index === 1 ? 'Theirs' : `Theirs ${index}`
}

/** What a task's prompts come to for one question or discussion. */
export interface Prompts {
  sharePrompt(question: Question): string
  analyzePrompt(discussion: Discussion): string
  fusePrompt(discussion: Discussion): string
  debatePrompt(discussion: Discussion): string
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
