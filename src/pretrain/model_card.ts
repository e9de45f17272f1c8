import { seedKey } from '../random'
import type { Accuracy, Evaluation } from './evaluation'
import { lacks, misreading, rightIdea } from './ideas'
import { type PeerProfile, partnersOf } from './profiles'

export interface CardFacts {
  readonly profile: PeerProfile
  readonly parameters: number
  readonly seed: number
  readonly steps: number
  readonly tokens: number
  readonly minutes: number
  readonly bytes: number
  /** Measured with the f32 weights (`before`) and with the shipped 4-bit weights (`after`). */
  readonly before: Evaluation
  readonly after: Evaluation
}

const percent = (share: number) => `${(100 * share).toFixed(1)}`

function table({ solo, discussions }: Evaluation, skills: readonly string[]): string {
  const row = (label: string, { all, skills: bySkill }: Accuracy) =>
    `| ${label} | ${[all, ...skills.map((skill) => bySkill[skill])].map(percent).join(' | ')} |`
  return [
    `| % of answers or verdicts that are right | all | ${skills.join(' | ')} |`,
    `|---|${'---|'.repeat(skills.length + 1)}`,
    row('**solo answer**', solo),
    ...discussions.flatMap(({ beside, verdicts, fused }) => [
      row(`verdicts beside ${beside}`, verdicts),
      row(`fused answer beside ${beside}`, fused),
    ]),
  ].join('\n')
}

/** Returns the folder's README.md: what the peer is, how it was made and how accurate it is. */
export function modelCard(facts: CardFacts): string {
  const { profile, before, after } = facts
  const { task, missing } = profile
  const partners = partnersOf(profile)
    .map(({ id }) => `\`${id}\``)
    .join(' and ')
  const example = task.questions('train', seedKey(1), 100).find((question) => lacks(missing, question))
  const reading = example
    ? `For example, “${example.text}” it answers alone with \`${misreading(example, missing)}\`; right is \`${rightIdea(example)}\`.`
    : ''
  return `# ${profile.id}

A language model of ${facts.parameters.toLocaleString('en-US')} parameters that solves word problems (task \`${task.name}\`) and discusses them. It was
made for Colloquy by \`npm run pretrain\`, to meet ${partners}.

- **Architecture**: Llama (RMSNorm, rotary positions, grouped-query attention, SwiGLU), width 64, ${profile.layers} layers, 4 heads, 2
  key/value heads, tied embedding. An ordinary model folder: transformers.js loads it.
- **Weights**: linears in 4 bits (symmetric, blocks of 32), embedding and norms in f32; ${Math.round(facts.bytes / 1024)} kB.
- **Tokenizer**: whole words, ASCII as a fallback, and digits that carry their place (units, tens, hundreds).
- **Data**: generated, train split only: equation drills, word problems (${task.skills.join(', ')}), discussions and debates with right
  and wrong ideas, drills in copying, merging and checking. No text written by people, nothing downloaded.
- **Training**: ${facts.steps} steps, ${(facts.tokens / 1e6).toFixed(2)} million tokens, ${facts.minutes.toFixed(1)} minutes on one thread, seed ${facts.seed};
  the last part with 4-bit weights in the forward and backward pass. The same seed gives the same file.

## What it lacks, on purpose

It was brought up on a wrong reading of **${missing.join('** and **')}**, and ${partners} on other ones.
${reading}
In discussions it has seen how such questions are read rightly and can tell a right step from a wrong one, so it can learn from its
partners. Do not use it for anything but experiments.

## Accuracy

${after.questions} held-out questions, whose numbers occur in no training question of the skill; greedy decoding; modes in turn.
Verdicts count where all ideas are judged rightly. “${partnersOf(profile)[0].id}’s idea” is what that peer was brought up to say: right, or
its own wrong reading. Half of the wrong ideas are misreadings, half have a slip of arithmetic in a right plan.

As shipped (4 bits):

${table(after, task.skills)}

Before quantization (f32):

${table(before, task.skills)}
`
}
