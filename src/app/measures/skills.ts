/** Accuracies of each peer by skill, in plain words, between two tests. */
import type { RunConfig } from '../../config/config'
import { mean } from '../../report/averages'
import type { EvalEvent } from '../state'
import { skillName } from '../stories'

export interface SkillRow {
  readonly name: string
  /** A question; empty where there is none. */
  readonly example: string
  /** Whether its questions need what the other rows test by itself. */
  readonly whole: boolean
  /** In the order of the peers; null where it was not tested. */
  readonly perPeer: readonly { readonly before: number | null; readonly now: number | null }[]
}

/** Skills of the word problems in their order on the page: what a question needs stands before the whole question. */
const SHOWN: Readonly<Partial<Record<RunConfig['task'], readonly string[]>>> = {
  'word-problems': ['addsub', 'cmp', 'times', 'muladd', 'three'],
  halves: ['lose', 'bags', 'lose-bags', 'bags-lose'],
}

/** Rows of the table of skills; before the first test those that the task is known to test. */
export function skillRows(
  task: RunConfig['task'],
  peers: readonly string[],
  before: EvalEvent | undefined,
  now: EvalEvent | undefined,
): SkillRow[] {
  const known = SHOWN[task] ?? []
  const place = (skill: string) => (known.includes(skill) ? known.indexOf(skill) : known.length)
  const tested = peers.flatMap((peer) => Object.keys(bySkill(now, peer)))
  const skills = now === undefined ? known : [...new Set(tested)]
  const byName = new Map<string, string[]>()
  for (const skill of [...skills].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))) {
    const { name } = skillName(skill)
    byName.set(name, [...(byName.get(name) ?? []), skill])
  }
  const inParts = peers.some((peer) => Object.keys(now?.readings?.[peer] ?? {}).length > 0)
  return [...byName].map(([name, group]) => ({
    name,
    example: skillName(group[0]).example,
    whole: inParts && peers.some((peer) => group[0] in (now?.skills[peer] ?? {})),
    perPeer: peers.map((peer) => ({
      before: accuracyOf(before, peer, group),
      now: accuracyOf(now, peer, group),
    })),
  }))
}

/** The latest test up to a step, or of all where that is null: not every step is tested. */
export function latestTest(evals: readonly EvalEvent[], step: number | null): EvalEvent | undefined {
  return evals.findLast((test) => step === null || test.step <= step)
}

function bySkill(test: EvalEvent | undefined, peer: string): Readonly<Record<string, number>> {
  return { ...test?.readings?.[peer], ...test?.skills[peer] }
}

/** Mean over skills of one name; tests have about as many questions of each. */
function accuracyOf(test: EvalEvent | undefined, peer: string, group: readonly string[]): number | null {
  const accuracies = bySkill(test, peer)
  const known = group.filter((skill) => skill in accuracies).map((skill) => accuracies[skill])
  return known.length === 0 ? null : mean(known)
}
