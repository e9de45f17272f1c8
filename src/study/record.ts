import type { EndReason, RunEvent } from '../ilr/events'
import { mean } from '../report/averages'
import type { StudyLine } from './results'
import type { Job } from './scenarios'

type Metrics = Readonly<Record<string, number>>

/** Step metrics that figures show over steps. Those per peer are averaged. */
const SERIES = [
  'ilr/cooperation_share',
  'ilr/mode_disagreement',
  'ilr/discussed_share',
  'ilr/calibration_shift',
  'ilr/calibration_clipped',
  'frac_reward_zero_std',
  'ilr/correct_share',
  'ilr/correct_fuse',
]

/** Gathers a run's events into its lines of the results file. */
export class RunRecord {
  private readonly evaluations: Extract<RunEvent, { type: 'eval' }>[] = []
  private readonly steps: Metrics[] = []
  private end: EndReason | null = null

  take(event: RunEvent): void {
    if (event.type === 'eval') this.evaluations.push(event)
    else if (event.type === 'step') this.steps.push(event.metrics)
    else if (event.type === 'done') this.end = event.reason
  }

  /** How much of the run is done, in [0, 1]: by steps or, with token budgets, by the one that is furthest from used up. */
  fraction(config: {
    readonly steps: number
    readonly trainedTokensBudget: number | null
    readonly generatedTokensBudget: number | null
  }): number {
    const bySteps = this.steps.length / config.steps
    const byBudget = [
      { budget: config.trainedTokensBudget, metric: 'ilr/trained_tokens' },
      { budget: config.generatedTokensBudget, metric: 'ilr/generated_tokens' },
    ].flatMap(({ budget, metric }) => (budget === null ? [] : [total(this.steps, metric) / budget]))
    return Math.min(1, byBudget.length > 0 ? Math.max(bySteps, Math.min(...byBudget)) : bySteps)
  }

  /** The finished run's lines; null where it has not come to its end. */
  lines({ scenario, arm, seed }: Job, digest: string): StudyLine[] | null {
    const { end } = this
    if (end === null || this.evaluations.length === 0) return null
    const last = this.evaluations.length - 1
    return this.evaluations.map(({ type: _, readings: __, idea3 = {}, ...scores }, i) => ({
      scenario,
      arm,
      seed,
      ...scores,
      solo: { ...scores.solo },
      idea3: { ...idea3 },
      skills: nested(scores.skills),
      sampled: scores.sampled && nested(scores.sampled),
      debate: scores.debate && { ...scores.debate },
      ood: scores.ood && { ...scores.ood },
      config: digest,
      final: i === last,
      ...(i === last && { end, cost: this.cost(), series: this.series() }),
    }))
  }

  private cost() {
    return {
      steps: this.steps.length,
      seconds: total(this.steps, 'step_time'),
      stageSeconds: totalsUnder(this.steps, 'ilr/seconds/'),
      tokens: totalsUnder(this.steps, 'ilr/tokens/'),
      promptTokens: totalsUnder(this.steps, 'ilr/prompt_tokens/'),
    }
  }

  private series() {
    return Object.fromEntries(SERIES.map((name) => [name, this.steps.map((step) => metricOf(step, name))]))
  }
}

/** A metric, or the mean of it over the peers; null where the step has none. */
function metricOf(step: Metrics, name: string): number | null {
  if (Object.hasOwn(step, name)) return step[name]
  const values = Object.keys(step)
    .filter((key) => key.startsWith(`${name}/`))
    .map((key) => step[key])
  return values.length > 0 ? mean(values) : null
}

function total(steps: readonly Metrics[], name: string): number {
  return steps.reduce((sum, step) => sum + (step[name] ?? 0), 0)
}

function totalsUnder(steps: readonly Metrics[], prefix: string): Record<string, number> {
  const names = new Set(steps.flatMap((step) => Object.keys(step)).filter((name) => name.startsWith(prefix)))
  return Object.fromEntries([...names].map((name) => [name.slice(prefix.length), total(steps, name)]))
}

function nested(values: Readonly<Record<string, Readonly<Record<string, number>>>>) {
  return Object.fromEntries(Object.entries(values).map(([key, inner]) => [key, { ...inner }]))
}
