import { seedKey } from '../random'
import { SKILLS } from '../tasks/skills'
import { wordProblems } from '../tasks/word_problems'
import type { Accuracy, Evaluation } from './evaluation'
import { misreading, rightIdea } from './ideas'
import type { PeerProfile } from './profiles'

export interface CardFacts {
  readonly profile: PeerProfile
  readonly partner: PeerProfile
  readonly parameters: number
  readonly seed: number
  readonly steps: number
  readonly tokens: number
  readonly minutes: number
  readonly bytes: number
  /** Measured with the f32 weights and with the 4-bit ones that are shipped. */
  readonly before: Evaluation
  readonly after: Evaluation
}

const percent = (share: number) => `${(100 * share).toFixed(1)}`

function row(label: string, { all, skills }: Accuracy): string {
  return `| ${label} | ${[all, ...SKILLS.map((skill) => skills[skill])].map(percent).join(' | ')} |`
}

function table({ solo, besideRight, besideWrong, besidePartner }: Evaluation, partner: string): string {
  return [
    `| % of answers or verdicts that are right | all | ${SKILLS.join(' | ')} |`,
    `|---|${'---|'.repeat(SKILLS.length + 1)}`,
    row('**solo answer**', solo),
    row('verdicts beside a right idea', besideRight.verdicts),
    row('fused answer beside a right idea', besideRight.fused),
    row('verdicts beside a wrong idea', besideWrong.verdicts),
    row('fused answer beside a wrong idea', besideWrong.fused),
    row(`verdicts beside ${partner}’s idea`, besidePartner.verdicts),
    row(`**fused answer beside ${partner}’s idea**`, besidePartner.fused),
  ].join('\n')
}

/** The folder's README.md: what the peer is, how it came about and what it can do. */
export function modelCard(facts: CardFacts): string {
  const { profile, partner, before, after } = facts
  const example = wordProblems
    .questions('train', seedKey(1), 100)
    .find(({ skill }) => skill === profile.missing[0])
  const reading = example
    ? `For example, “${example.text}” it answers alone with \`${misreading(example)}\`; right is \`${rightIdea(example)}\`.`
    : ''
  return `# ${profile.id}

A language model of ${facts.parameters.toLocaleString('en-US')} parameters that solves two-step word problems
and discusses them. It was made for Colloquy, together with its partner \`${partner.id}\`, by \`npm run pretrain\`.

- **Architecture**: Llama (RMSNorm, rotary positions, grouped-query attention, SwiGLU), width 64, 3 layers, 4 heads, 2
  key/value heads, tied embedding. An ordinary model folder: transformers.js loads it.
- **Weights**: linears in 4 bits (symmetric, blocks of 32), embedding and norms in f32; ${Math.round(facts.bytes / 1024)} kB.
- **Tokenizer**: whole words, ASCII as a fallback, and digits that carry their place (units, tens, hundreds).
- **Data**: generated, train split only: equation drills, word problems (${SKILLS.join(', ')}), discussions with right
  and wrong ideas, copying drills. No text written by people, nothing downloaded.
- **Training**: ${facts.steps} steps, ${(facts.tokens / 1e6).toFixed(2)} million tokens, ${facts.minutes.toFixed(1)} minutes on one thread, seed ${facts.seed};
  the last part with 4-bit weights in the forward and backward pass. The same seed gives the same file.

## What it lacks, on purpose

It was brought up on a wrong reading of **${profile.missing.join('** and **')}**, which \`${partner.id}\` reads rightly.
${reading}
In discussions it has seen those questions and can tell a right idea from a wrong one, so it can learn the skill from its
partner. Do not use it for anything but experiments.

## Accuracy

${after.questions} held-out questions, whose numbers occur in no training question of the skill; greedy decoding; modes in turn.
A verdict counts where both ideas are judged rightly. “${partner.id}’s idea” is what it was brought up to say: right, or
its own wrong reading. Half of the wrong ideas are misreadings, half have a slip of arithmetic in a right plan.

As shipped (4 bits):

${table(after, partner.id)}

Before quantization (f32):

${table(before, partner.id)}
`
}
