import type { RunConfig } from '../../config/config'
import type { Exchange, RunEvent } from '../../ilr/events'
import { mean } from '../../report/averages'
import { percent, signed } from '../../report/format'
import { barText, StatusLine } from '../terminal'

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

/** Columns of the table between evaluations: a title and the step metric it averages. */
const COLUMNS: readonly (readonly [title: string, metric: string, digits: number])[] = [
  ['reward', 'reward', 3],
  ['loss', 'loss', 3],
  ['grad norm', 'grad_norm', 2],
  ['entropy', 'entropy', 3],
  ['cooperate', 'ilr/cooperation_share', 2],
  ['length', 'completions/mean_length', 1],
  ['s/step', 'step_time', 2],
]

/** Accuracies of an evaluation: a title and a value in [0, 1] for each column, first by peer, then of all. */
function accuracies(scores: Of<'eval'>): (readonly [title: string, value: number])[] {
  const { solo, idea3, debate, sampled, ood, vote } = scores
  const means =
    sampled && Object.entries(sampled).map(([peer, skills]) => [peer, mean(Object.values(skills))])
  const perPeer = { solo, idea3, debate, sampled: means && Object.fromEntries(means), ood }
  const columns = Object.keys(solo).flatMap((peer) =>
    Object.entries(perPeer).flatMap(([name, values]): (readonly [string, number])[] =>
      values ? [[`${name} ${peer}`, values[peer]]] : [],
    ),
  )
  columns.push(['solo mean', mean(Object.values(solo))])
  if (vote !== undefined) columns.push(['vote', vote])
  return columns
}

function titles(scores: Of<'eval'>): string[] {
  return ['step', ...accuracies(scores).map(([title]) => title), ...COLUMNS.map(([title]) => title)]
}

/** The table's head: what the evaluation measured, then the means of the steps since the row before. */
export function tableHead(scores: Of<'eval'>): string {
  return row(titles(scores), titles(scores))
}

export function tableRow(scores: Of<'eval'>, steps: readonly Of<'step'>[]): string {
  const metrics = COLUMNS.map(([, name, digits]) => {
    const values = steps.map((step) => step.metrics[name]).filter((value) => value !== undefined)
    return values.length > 0 ? mean(values).toFixed(digits) : '-'
  })
  const measured = accuracies(scores).map(([, value]) => percent(value))
  return row([String(scores.step), ...measured, ...metrics], titles(scores))
}

function row(cells: readonly string[], heads: readonly string[]): string {
  return cells.map((cell, i) => cell.padStart(i === 0 ? 5 : Math.max(11, heads[i].length + 2))).join('')
}

/** One discussion, stage by stage, for reading. */
export function exchangeText(step: number, exchange: Exchange): string {
  const { question, mode, judgement, peers } = exchange
  const lines = [
    mode === null ? `A question of step ${step}, not discussed:` : `A discussion of step ${step} (${mode}):`,
    `  Q  ${question.text}  [answer ${question.answer}]`,
  ]
  for (const [peer, { ability, difficulty, p }] of Object.entries(judgement))
    lines.push(
      `  ${peer}: ability ${ability.toFixed(2)}, finds it ${difficulty.toFixed(2)} hard, would solve it ${percent(p)}`,
    )
  const stages = Math.max(...Object.values(peers).map((texts) => texts.length))
  for (let stage = 0; stage < stages; stage++)
    for (const [peer, texts] of Object.entries(peers)) {
      const said = texts[stage]
      if (!said) continue
      const mark = said.reward.correct ? 'right' : 'wrong'
      const numbers = `reward ${said.reward.total.toFixed(2)}, advantage ${signed(said.advantage)}`
      lines.push(`  ${`${peer} ${said.stage}`.padEnd(14)} ${said.text.trim()}   [${mark}, ${numbers}]`)
    }
  return lines.join('\n')
}

/** Solo accuracy at the start and at the end, and the gain in points. */
export function gainText(first: Of<'eval'>, last: Of<'eval'>): string {
  const line = (name: string, from: number, to: number) =>
    `  ${name.padEnd(8)} ${percent(from).padStart(7)} -> ${percent(to).padStart(7)}   ${signed(100 * (to - from))} points`
  return [
    `Held-out solo accuracy (${last.n} questions), step ${first.step} -> step ${last.step}:`,
    ...Object.keys(last.solo).map((peer) => line(peer, first.solo[peer], last.solo[peer])),
    line('mean', mean(Object.values(first.solo)), mean(Object.values(last.solo))),
  ].join('\n')
}

const ENDINGS: Readonly<Record<Of<'done'>['reason'], string>> = {
  steps: '',
  budget: ' (its token budgets are used up)',
  'early-stop': ' (no better on the validation questions)',
}

/** How long the run was, why it ended where that was not its last step, and its digest. */
export function endText({ steps, reason, seconds, digest }: Of<'done'>): string {
  return `${steps} steps in ${seconds.toFixed(1)} s${ENDINGS[reason]}, digest ${digest}`
}

/** Progress of a run: a status line on a terminal, a plain line per step elsewhere. */
export class ProgressLine {
  private readonly line: StatusLine
  private step = 0

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly config: RunConfig,
  ) {
    this.line = new StatusLine(out)
  }

  show(event: RunEvent): void {
    const { steps } = this.config
    if (event.type === 'step') {
      this.step = event.step
      const { reward } = event.metrics
      if (!this.out.isTTY) this.out.write(`step ${event.step}/${steps}  reward ${reward?.toFixed(3)}\n`)
    }
    if (event.type !== 'progress') return
    const { phase, peer = '', done, total } = event
    const share = total > 0 ? Math.floor((100 * done) / total) : 0
    this.line.show(`${barText(this.step / steps)} step ${this.step}/${steps}  ${phase} ${peer} ${share} %`)
  }

  clear(): void {
    this.line.clear()
  }
}
