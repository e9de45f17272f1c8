/** docs/reliability.md, out of a report. */
import { KILLED_RUN, KINDS, type KillReport, MOMENTS } from './kills'

const RUN_OPTIONS = [
  'steps',
  'questionsPerStep',
  'numGenerations',
  'checkpointEvery',
  'evalEvery',
  'seed',
] as const

export function reliabilityDocument({ seed, kills, digest, digests, damage }: KillReport): string {
  const same = digests.filter((one) => one === digest).length
  const count = (kind: string, moment: string) =>
    kills.filter((kill) => kill.kind === kind && kill.moment === moment).length
  const lost = kills.map(({ finished, kept }) => finished - kept)
  const doing = new Map<string, number>()
  for (const kill of kills) doing.set(kill.doing, (doing.get(kill.doing) ?? 0) + 1)
  const settings = RUN_OPTIONS.map((name) => `\`${name}\` ${KILLED_RUN[name]}`).join(', ')
  return `# Reliability

Written by \`npm run kills\`; do not edit it.

A run is killed at random moments and gone on with, until it has been killed ${kills.length} times. Each time what is kept is read as a whole and checked against its
checksums; each run that came to its end is compared with one that nothing happened to. The run is a small one of preset \`duet\`: real peers, the real engine on
wasm, all three stages (${settings}).

- **worker**: the worker of the run and those of its peers are ended, as the Stop button does it.
- **page**: the tab is closed.
- **browser**: every process of the browser gets SIGKILL, and another browser starts on what is left of its profile.

| killed  | ${MOMENTS.join(' | ')} |
| ------- | ${MOMENTS.map((moment) => '-'.repeat(moment.length)).join(' | ')} |
${KINDS.map((kind) => `| ${kind.padEnd(7)} | ${MOMENTS.map((moment) => String(count(kind, moment)).padStart(moment.length)).join(' | ')} |`).join('\n')}

| found                                                           |     |
| --------------------------------------------------------------- | --: |
| kills                                                           | ${String(kills.length).padStart(3)} |
| runs that came to their end                                     | ${String(digests.length).padStart(3)} |
| of these with the digest of the run that nothing happened to    | ${String(same).padStart(3)} |
| checkpoints that were half-written, damaged or missing events   | ${String(damage.length).padStart(3)} |
| kills that cost nothing but the step that was on                | ${String(lost.filter((steps) => steps <= 0).length).padStart(3)} |
| kills between a finished step and its checkpoint: one step more | ${String(lost.filter((steps) => steps === 1).length).padStart(3)} |
| kills that cost more than that                                  | ${String(lost.filter((steps) => steps > 1).length).padStart(3)} |

What the run was doing when it was killed: ${[...doing]
    .sort((a, b) => b[1] - a[1])
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')}.

Its digest was \`${digest}\`; the moments follow from seed ${seed}. A shorter version runs with the tests (\`tests/e2e/kills.slow.test.ts\`).
`
}
