import { percent, points, withInterval } from '../report/format'
import { aucEstimate, type Estimate, estimate, shareOf } from '../report/statistics'
import { markdownTable } from '../report/text'
import type { FusedRight, GateOptions, PeerGate } from './gate'

interface Finding {
  readonly what: string
  /** The gate's bar, which the mean must reach; null where there is none. */
  readonly bar: { readonly text: string; passed(found: number): boolean } | null
  readonly write: (value: number) => string
  of(gate: PeerGate): Estimate | null
}

/** Cooperate - compete, paired by discussion. */
function difference({ cooperate, compete }: FusedRight): Estimate | null {
  return estimate(cooperate.map((right, i) => Number(right) - Number(compete[i])))
}

const area = (value: number) => value.toFixed(2)
const mode = (kind: 'merge' | 'duel' | 'caught', name: keyof FusedRight) => (gate: PeerGate) =>
  shareOf(gate[kind][name])

const FINDINGS: readonly Finding[] = [
  {
    what: 'AUC of D against mostly wrong',
    bar: { text: '≥ 0.75', passed: (found) => found >= 0.75 },
    write: area,
    of: ({ auc, mostlyWrong }) => aucEstimate(auc, mostlyWrong),
  },
  { what: 'mostly wrong', bar: null, write: percent, of: ({ mostlyWrong }) => shareOf(mostlyWrong) },
  { what: 'merge, fused right: cooperate', bar: null, write: percent, of: mode('merge', 'cooperate') },
  { what: 'merge, fused right: compete', bar: null, write: percent, of: mode('merge', 'compete') },
  {
    what: 'merge: cooperate − compete',
    bar: { text: '≥ +30', passed: (found) => found >= 0.3 },
    write: points,
    of: ({ merge }) => difference(merge),
  },
  { what: 'duel, fused right: cooperate', bar: null, write: percent, of: mode('duel', 'cooperate') },
  { what: 'duel, fused right: compete', bar: null, write: percent, of: mode('duel', 'compete') },
  {
    what: 'duel: cooperate − compete',
    bar: { text: '≤ −20', passed: (found) => found <= -0.2 },
    write: points,
    of: ({ duel }) => difference(duel),
  },
  { what: 'slips caught: cooperate', bar: null, write: percent, of: mode('caught', 'cooperate') },
  {
    what: 'slips caught: compete',
    bar: { text: '≥ 80 %', passed: (found) => found >= 0.8 },
    write: percent,
    of: mode('caught', 'compete'),
  },
  {
    what: 'analyses that misquote',
    bar: { text: '≤ 5 %', passed: (found) => found <= 0.05 },
    write: percent,
    of: ({ misquoted }) => (misquoted === null ? null : shareOf(misquoted)),
  },
]

/** Returns a section of the gate's document: one table, a column per peer. */
export function gateSection(
  title: string,
  task: string,
  { questions, samples, seed }: GateOptions,
  gates: readonly PeerGate[],
): string {
  const rows = FINDINGS.map(({ what, bar, write, of }) => [
    what,
    bar?.text ?? '',
    ...gates.map((gate) => {
      const found = of(gate)
      const failed = bar !== null && found !== null && !bar.passed(found.mean)
      const n = found === null ? '' : `, n = ${found.n}`
      return `${withInterval(found, write)}${n}${failed ? ' **misses**' : ''}`
    }),
  ])
  const head = ['', 'gate', ...gates.map(({ peer, partner }) => `${peer} beside ${partner}`)]
  return `## ${title}

Task \`${task}\`, ${questions} held-out questions, ${samples} ideas each at T = 1, seed ${seed}.

${markdownTable(head, rows)}
`
}

const INTRODUCTION = `# Gate

\`npm run gate\` writes this: what peers can do before any training, with 95 % intervals. A study of modes can show nothing
unless the gate holds.

- **AUC** of the \`confidence\` judge's D, ranked among the questions themselves, against "fewer than half of the peer's ideas
  are right"; a dash where one kind has fewer than ten questions.
- **Merge**: neither of two ideas is right, but each step before the last is right in one of them. The ideas are the peers' own.
- **Duel**: one idea is right, the other has one result off, carried on to its end. The peer itself and its partner slip in turn.
  The texts are given, the same for all peers.
- **Slips caught**: of the duels in which the partner slips, those whose analysis calls the partner's idea wrong.
- **Misquote**: an analysis quotes a step that the idea does not have. A dash where the task's analyses quote nothing.

Fused answers and analyses are greedy.
`

/** Returns the document with this section in the place of an older one with its title, or behind the others. */
export function withSection(document: string | null, title: string, section: string): string {
  const [, ...older] = (document ?? '').split(/^(?=## )/m)
  const heading = `## ${title}\n`
  const sections = older.map((one) => one.trimEnd())
  const place = older.findIndex((one) => one.startsWith(heading))
  if (place < 0) sections.push(section.trimEnd())
  else sections[place] = section.trimEnd()
  return `${[INTRODUCTION.trimEnd(), ...sections].join('\n\n')}\n`
}
