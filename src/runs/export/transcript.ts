/** The peers' discussions in a run, as Markdown for reading. */

import type { RunConfig } from '../../config/config'
import { DIGEST_START } from '../../ilr/digest_chain'
import type { Exchange, StageText } from '../../ilr/events'
import { whyMode, whyNotDiscussed } from '../../ilr/interaction/mode_reason'
import type { Stage } from '../../tasks/task'
import type { RunRecord } from '../file/run_record'
import { evalMeasures } from './metrics'

const STAGES: readonly (readonly [stage: Stage, title: string])[] = [
  ['share', 'First, each alone'],
  ['analyze', 'Then they read each other’s ideas'],
  ['fuse', 'And answer again'],
]

/** Returns one discussion per step, with the accuracies measured in between. */
export function transcript({ config, state, events }: RunRecord): string {
  const sections = events.flatMap((event) => {
    switch (event.type) {
      case 'exchange':
        return [discussion(config, event.step, event.exchange)]
      case 'eval':
        return [measured(config, event.step, evalMeasures(event))]
      default:
        return []
    }
  })
  return `${[head(config, state), ...sections].join('\n\n')}\n`
}

function head(config: RunConfig, { step, digest, chain }: RunRecord['state']): string {
  const peers = config.peers.map(({ id, source }) => `**${literalLine(id)}** (${literalLine(source)})`)
  return [
    `# A run of “${literalLine(config.preset)}”`,
    `${peers.join(' and ')}, seed ${config.seed}, on ${config.backend}: ${step} of ${config.steps} steps.`,
    `Each step asks several questions, and each peer answers each of them ${config.numGenerations} times. Here is one answer of every peer to the first question of a step.`,
    `Digest: \`${digest}\`${chain === DIGEST_START ? '' : ', of an earlier version of Colloquy'}`,
  ].join('\n\n')
}

function measured(config: RunConfig, step: number, measures: Readonly<Record<string, number>>): string {
  const told = config.peers.flatMap(({ id }) => {
    const value = measures[`eval_solo/${id}`]
    return value === undefined ? [] : [`${literalLine(id)} ${(100 * value).toFixed(1)} %`]
  })
  return `> Held-out questions after step ${step}, each peer alone: ${told.join(', ')} right of ${measures.eval_samples}.`
}

function discussion(config: RunConfig, step: number, exchange: Exchange): string {
  const { question, mode, judgement, peers } = exchange
  const why = mode === null ? whyNotDiscussed(config.method) : whyMode(config, mode, judgement)
  const parts = [
    `## Step ${step}`,
    `A question of skill ${literalLine(question.skill)}, level ${question.level}:`,
    literalBlock(question.text),
    `The right answer is **${literalLine(question.answer)}**.`,
    mode === null ? why : `They **${mode}**. ${why}`,
    ...judgementTable(judgement),
  ]
  for (const [stage, title] of STAGES) {
    const said = config.peers.flatMap(({ id }) => {
      const text = peers[id]?.find((one) => one.stage === stage)
      return text ? [`**${literalLine(id)}**, ${verdict(text)}:`, literalBlock(text.text)] : []
    })
    const heading =
      stage === 'analyze' && config.method === 'self-debate'
        ? 'Then each reads two answers of its own'
        : title
    if (said.length > 0) parts.push(`### ${heading}`, ...said)
  }
  return parts.join('\n\n')
}

function judgementTable(judgement: Exchange['judgement']): string[] {
  const rows = Object.entries(judgement).map(
    ([peer, { ability, difficulty, p }]) =>
      `| ${[literalLine(peer), ...[ability, difficulty, p].map((value) => value.toFixed(2))].join(' | ')} |`,
  )
  if (rows.length === 0) return []
  return [['| peer | ability | difficulty | P(solves) |', '|---|---:|---:|---:|', ...rows].join('\n')]
}

function verdict({ stage, reward, calibratedReward, advantage }: StageText): string {
  const right = stage === 'analyze' ? ['judged rightly', 'judged wrongly'] : ['right', 'wrong']
  const calibrated = calibratedReward === reward.total ? '' : `, calibrated to ${calibratedReward.toFixed(2)}`
  const sign = advantage < 0 ? '' : '+'
  return `${right[reward.correct ? 0 : 1]}: reward ${reward.total.toFixed(2)}${calibrated}, advantage ${sign}${advantage.toFixed(2)}`
}

/**
 * Control characters except tabs and line feeds, bidirectional marks, odd line breaks, and lone surrogates.
 */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu

/**
 * Returns a Markdown block that shows a text literally. Untrusted text stays text: it can make no heading,
 * link, image or HTML.
 */
export function literalBlock(text: string): string {
  const shown = withoutControls(text)
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  return `${fence}text\n${shown.replace(/\n+$/, '')}\n${fence}`
}

/** Returns a text for use within a Markdown line: punctuation is escaped, and line breaks become spaces. */
export function literalLine(text: string): string {
  return withoutControls(text)
    .replace(/\s+/g, ' ')
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
}

/**
 * Shows control characters, which a terminal would obey, and bidirectional marks as their code points. Line
 * breaks and tabs stay.
 */
function withoutControls(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNSEEN, (letter) => `\\u{${letter.codePointAt(0)?.toString(16) ?? ''}}`)
}
