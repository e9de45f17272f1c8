import { mean, sum } from '../report/averages'
import { countText, percent } from '../report/format'
import { estimate } from '../report/statistics'
import { barFigure } from './bar_figure'
import { lineOf, meanCurve, meanSeries } from './curves'
import { type Line, lineFigure, type Panel } from './line_figure'
import { finalOf, meanIdea3, meanSolo } from './measures'
import type { StudyLine, StudyRun } from './results'
import { REFERENCE_ARM, type Study } from './scenarios'
import { secondsPerStep } from './seed_measures'

export interface Figure {
  /** File name. */
  readonly name: string
  /** What it shows, for the document. */
  readonly caption: string
  readonly svg: string
}

/** Step metrics of the reference's discussions, in words. */
const MODE_METRICS = [
  ['ilr/cooperation_share', 'discussed in cooperative mode'],
  ['ilr/mode_disagreement', 'peers alone would disagree on the mode'],
] as const
const CALIBRATION_METRICS = [
  ['ilr/calibration_shift', 'advantages moved by (mean |ΔA|)'],
  ['ilr/calibration_clipped', 'calibration terms cut (share)'],
  ['frac_reward_zero_std', 'groups with equal rewards only (share)'],
] as const
type Metrics = readonly (readonly [metric: string, words: string])[]

const STAGES = ['share', 'analyze', 'fuse', 'update'] as const

/** All figures of a scenario that its runs can fill. */
export function figuresOf(study: Study, scenario: string, all: readonly StudyRun[]): Figure[] {
  const runs = all.filter((run) => run.scenario === scenario)
  const of = (arm: string) => runs.filter((run) => run.arm === arm)
  const arms = Object.keys(study.arms).filter((arm) => of(arm).length > 0)
  if (arms.length === 0) return []
  const { title } = study.scenarios[scenario]
  const short = title.split(':')[0]
  const curves = (x: (line: StudyLine) => number, y: (line: StudyLine) => number | null) =>
    panelsOf(study, arms, (arm) => meanCurve(of(arm), x, y))

  const figures: Figure[] = [
    {
      name: `${scenario}-solo-by-trained-tokens.svg`,
      caption: 'Mean solo accuracy of the peers by tokens trained on; bands are 95 % intervals over seeds.',
      svg: lineFigure({
        title: `${short}: solo accuracy by trained tokens`,
        xLabel: 'trained tokens, all peers',
        yLabel: 'mean solo accuracy',
        panels: curves(({ trainedTokens }) => trainedTokens, meanSolo),
        formatX: countText,
        formatY: axisPercent,
      }),
    },
    {
      name: `${scenario}-solo-by-steps.svg`,
      caption: 'The same by steps. Arms that run until tokens are used up have more and cheaper steps.',
      svg: lineFigure({
        title: `${short}: solo accuracy by steps`,
        xLabel: 'optimizer steps per peer',
        yLabel: 'mean solo accuracy',
        panels: curves(({ step }) => step, meanSolo),
        formatX: String,
        formatY: axisPercent,
      }),
    },
    {
      name: `${scenario}-idea3-by-steps.svg`,
      caption: 'Accuracy after an Idea3 exchange: whether fusing decays while peers learn.',
      svg: lineFigure({
        title: `${short}: accuracy after Idea3 by steps`,
        xLabel: 'optimizer steps per peer',
        yLabel: 'mean Idea3 accuracy',
        panels: curves(({ step }) => step, meanIdea3),
        formatX: String,
        formatY: axisPercent,
      }),
    },
    {
      name: `${scenario}-final.svg`,
      caption: 'Mean solo accuracy at the end of each arm’s runs; lines are 95 % intervals over seeds.',
      svg: barFigure({
        title: `${short}: solo accuracy at the end`,
        xLabel: 'mean solo accuracy',
        parts: ['solo accuracy'],
        bars: arms.flatMap((name) => {
          const found = estimate(of(name).map((run) => meanSolo(finalOf(run))))
          return found
            ? [{ name, values: [found.mean], interval: found.interval, note: percent(found.mean) }]
            : []
        }),
        format: axisPercent,
      }),
    },
    {
      name: `${scenario}-cost.svg`,
      caption: 'Where a step’s wall-clock time goes, on the machine of the study with its runs side by side.',
      svg: costFigure(short, arms, of),
    },
  ]
  const reference = of(REFERENCE_ARM)
  const overSteps = (name: string, caption: string, title: string, yLabel: string, metrics: Metrics) => {
    const lines = metrics.flatMap(([metric, words], i) => lineOf(words, i, meanSeries(reference, metric)))
    if (lines.length === 0) return
    const panels = [{ title: '', lines }]
    const axes = { xLabel: 'optimizer steps per peer', formatX: String, formatY: String }
    figures.push({ name, caption, svg: lineFigure({ title, yLabel, panels, ...axes }) })
  }
  overSteps(
    `${scenario}-modes.svg`,
    'How ilr chooses modes over its steps.',
    `${short}: modes over ilr’s steps`,
    'share of questions',
    MODE_METRICS,
  )
  overSteps(
    `${scenario}-calibration.svg`,
    'What Perception Calibration does to advantages over ilr’s steps.',
    `${short}: calibration over ilr’s steps`,
    'share, or |ΔA|',
    CALIBRATION_METRICS,
  )
  return figures
}

/** A panel for each title of the arms, with the reference in every one. */
function panelsOf(study: Study, arms: readonly string[], points: (arm: string) => Line['points']): Panel[] {
  const titles = [...new Set(arms.map((arm) => study.arms[arm].panel))]
  const reference = lineOf(REFERENCE_ARM, 0, arms.includes(REFERENCE_ARM) ? points(REFERENCE_ARM) : [])
  return titles.map((title) => {
    const own = arms.filter((arm) => arm !== REFERENCE_ARM && study.arms[arm].panel === title)
    return { title, lines: [...reference, ...own.flatMap((arm, i) => lineOf(arm, i + 1, points(arm)))] }
  })
}

function costFigure(short: string, arms: readonly string[], of: (arm: string) => StudyRun[]): string {
  const parts = [...STAGES, 'other']
  const bars = arms.flatMap((name) => {
    const costs = of(name).flatMap((run) => {
      const { cost } = finalOf(run)
      const whole = secondsPerStep(run)
      if (!cost || whole === null) return []
      const stages = STAGES.map((stage) => (cost.stageSeconds[stage] ?? 0) / cost.steps)
      const rest = Math.max(0, whole - sum(stages))
      return [[...stages, rest]]
    })
    if (costs.length === 0) return []
    const values = parts.map((_, part) => mean(costs.map((cost) => cost[part])))
    return [{ name, values, interval: null, note: `${sum(values).toFixed(2)} s` }]
  })
  return barFigure({
    title: `${short}: seconds per step by stage`,
    xLabel: 'seconds per step',
    parts,
    bars,
    format: String,
  })
}

/** An axis' percentages have no more digits than they need. */
function axisPercent(value: number): string {
  return `${Number((100 * value).toFixed(2))} %`
}
