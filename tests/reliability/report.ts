/** Writes docs/reliability.md from a report. */
import { DIGEST_START } from '../../src/ilr/digest_chain'
import { markdownTable } from '../../src/report/text'
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
    String(kills.filter((kill) => kill.kind === kind && kill.moment === moment).length)
  const lost = kills.map(({ finished, kept }) => finished - kept)
  const doing = new Map<string, number>()
  for (const kill of kills) doing.set(kill.doing, (doing.get(kill.doing) ?? 0) + 1)
  const settings = RUN_OPTIONS.map((name) => `\`${name}\` ${KILLED_RUN[name]}`).join(', ')
  const byKind = KINDS.map((kind) => [kind, ...MOMENTS.map((moment) => count(kind, moment))])
  const found = [
    ['kills', kills.length],
    ['runs that reached their end', digests.length],
    ['of these with the digest of the undisturbed run', same],
    ['checkpoints that were half-written, damaged or missing events', damage.length],
    ['kills that cost only the current step', lost.filter((steps) => steps <= 0).length],
    [
      'kills between a step and its checkpoint, which cost one more',
      lost.filter((steps) => steps === 1).length,
    ],
    ['kills that cost more than that', lost.filter((steps) => steps > 1).length],
  ].map((cells) => cells.map(String))
  return `# Reliability

Written by \`npm run kills\`; do not edit it.

The command kills a run at random moments and resumes it, until it has killed it ${kills.length} times. After
each kill it reads everything that is kept and checks the checksums. It compares each run that ends
with an undisturbed one. The run is a small one of preset \`duet\`, with real peers, the engine on
wasm and all three stages
(${settings}).

- **worker**: the workers of the run and its peers end, as with the Stop button.
- **page**: the tab closes.
- **browser**: every process of the browser gets SIGKILL; a new browser starts on the same profile.

${markdownTable(['killed', ...MOMENTS], byKind, [1, 2])}

${markdownTable(['found', ''], found, [1])}

Phase at the kill:
${[...doing]
  .sort((a, b) => b[1] - a[1])
  .map(([name, times]) => `${name} ${times}`)
  .join(', ')}.

The undisturbed digest, of the chain \`${DIGEST_START}\` ([reproducibility.md](reproducibility.md)), is
\`${digest}\`. Seed ${seed} decides the moments.
\`tests/e2e/kills.slow.test.ts\` is a shorter version.
`
}
