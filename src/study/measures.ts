import { mean } from '../report/averages'
import type { StudyLine, StudyRun } from './results'
import type { Scenario } from './scenarios'

/** What is read off one evaluation. Null where it was not measured. */

export function meanSolo(line: StudyLine): number {
  return mean(Object.values(line.solo))
}

export function meanIdea3(line: StudyLine): number | null {
  return meanOrNull(Object.values(line.idea3))
}

export function meanOod(line: StudyLine): number | null {
  return meanOrNull(Object.values(line.ood ?? {}))
}

type PerSkill = StudyLine['skills']

/** Mean accuracy over the skills that each peer lacks at the start. */
export function onMissing(perSkill: PerSkill | undefined, { missing }: Scenario): number | null {
  return onSkills(perSkill, (peer, skill) => missing[peer]?.includes(skill) ?? false)
}

/** Mean accuracy over the other skills. */
export function onKnown(perSkill: PerSkill | undefined, { missing }: Scenario): number | null {
  return onSkills(perSkill, (peer, skill) => !(missing[peer]?.includes(skill) ?? false))
}

function onSkills(perSkill: PerSkill | undefined, wanted: (peer: string, skill: string) => boolean) {
  const peers = Object.entries(perSkill ?? {}).map(([peer, skills]) =>
    Object.keys(skills)
      .filter((skill) => wanted(peer, skill))
      .map((skill) => skills[skill]),
  )
  return meanOrNull(peers.flat())
}

export function firstOf(run: StudyRun): StudyLine {
  return run.lines[0]
}

/** A run has lines, and its last is final. */
export function finalOf(run: StudyRun): StudyLine {
  return run.lines[run.lines.length - 1]
}

export type Tokens = 'trainedTokens' | 'generatedTokens'

/** The first evaluation at which a run had used as many tokens; null where it never did. */
export function whenUsed(run: StudyRun, kind: Tokens, tokens: number): StudyLine | null {
  return run.lines.find((line) => line[kind] >= tokens) ?? null
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length > 0 ? mean(values) : null
}
