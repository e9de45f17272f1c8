/**
 * The panels that show a run. A panel is a name (`hide=` of links knows it by that), a title, a place, and a component with what it
 * is given of the page. Tabs, lesson, share dialog and screenshots take it from here; the order is that of `RUN_PANELS`.
 */
import type { ComponentType } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { type Hideable, type PANELS as PARTS, RUN_PANELS, type RunPanel } from '../runs/lesson'
import { AskPanel } from './ask/ask_panel'
import { AccuracyPanel } from './charts/accuracy_panel'
import { CurvesDetails } from './charts/curves_details'
import { ComparisonPanel } from './comparison/comparison_panel'
import { DiscussionPanel } from './discussion_panel'
import { PromptsDisclosure } from './exchange/prompts_disclosure'
import { ExperimentsDisclosure } from './experiments/experiments_disclosure'
import { InteractionPanel } from './measures/interaction_panel'
import { MetricsPanel } from './measures/metrics_panel'
import { SkillsPanel } from './measures/skills_panel'
import { WarningList } from './notices'
import type { Page, Tab } from './page'
import { RunsSection } from './runs/runs_section'

/** In a tab, or at the side of all tabs. */
export type Place = Tab | 'side'

interface Panel {
  readonly title: string
  readonly place: Place
  /** Parts without which it is of no use. */
  readonly needs: readonly Hideable[]
  /** Shows it; drawn again only where what it is given changes: words come many times a second. */
  readonly View: ComponentType<{ readonly page: Page }>
}

function panel<Props extends object>(
  title: string,
  place: Place,
  Component: ComponentType<Props>,
  propsOf: (page: Page) => Props,
  needs: readonly Hideable[] = [],
): Panel {
  function View({ page }: { readonly page: Page }) {
    const props = propsOf(page)
    const last = useRef(props)
    if (!isEqual(last.current, props)) last.current = props
    const kept = last.current
    return useMemo(() => <Component {...kept} />, [kept])
  }
  return { title, place, needs, View }
}

function isEqual(one: object, other: object): boolean {
  const before = new Map(Object.entries(one))
  return Object.entries(other).every(([name, value]) => Object.is(before.get(name), value))
}

const shownStep = ({ pinned, inView }: Page) => pinned?.step ?? inView.steps.at(-1)

export const PANELS: Readonly<Record<RunPanel, Panel>> = {
  exchange: panel('Their discussion', 'discussion', DiscussionPanel, (page) => ({ page })),
  curves: panel('Right alone', 'side', AccuracyPanel, ({ inView, config, comparison, steps }) => ({
    evals: inView.evals,
    config,
    compared: comparison.compared,
    view: steps,
  })),
  skills: panel('Skills', 'side', SkillsPanel, ({ inView, config, pinned }) => ({
    evals: inView.evals,
    config,
    pinned: pinned?.step.step ?? null,
  })),
  ask: panel('Ask them', 'ask', AskPanel, ({ engine, run, next, kept, models, over, learning, refuse }) => ({
    engine,
    config: run.config ?? next,
    kept: kept.saved,
    places: models.places,
    over,
    prepared: learning.prepared,
    onError: refuse,
  })),
  compare: panel('Compare', 'compare', ComparisonPanel, ({ inView, comparison, over, recorded }) => ({
    config: inView.config,
    evals: inView.evals,
    compared: comparison.compared,
    onSingleAgent: over && recorded?.view.ended !== false ? comparison.withSingleAgent : null,
    onEnd: comparison.end,
  })),
  try: panel(
    'You could try…',
    'compare',
    ExperimentsDisclosure,
    ({ experiments, over, refuse }) => ({ experiments, locked: !over, onError: refuse }),
    ['settings', 'preset', 'more', 'models'],
  ),
  rewards: panel('Rewards and tests', 'details', CurvesDetails, ({ inView, config, comparison, steps }) => ({
    evals: inView.evals,
    steps: inView.steps,
    best: inView.best,
    config,
    compared: comparison.compared,
    view: steps,
  })),
  interactions: panel('How they interact', 'details', InteractionPanel, (page) => ({
    steps: page.inView.steps,
    peers: page.peers,
    lastStep: page.config.steps,
    config: page.config,
    shown: shownStep(page),
    view: page.steps,
  })),
  metrics: panel('Numbers', 'details', MetricsPanel, (page) => ({
    shown: shownStep(page),
    peers: page.peers,
    config: page.config,
  })),
  prompts: panel('Prompts', 'details', PromptsDisclosure, ({ next }) => ({
    task: next.task,
    judge: next.difficultyJudge,
  })),
  warnings: panel('Warnings', 'details', WarningList, ({ inView }) => ({ warnings: inView.warnings })),
  runs: panel('Runs', 'details', RunsSection, (page) => ({
    engine: page.engine,
    kept: page.kept,
    config: page.run.config,
    over: page.over,
    comparison: page.comparison,
    onImported: page.imported,
    onResume: page.resume,
    onRead: page.readAlong,
    onShow: page.show,
  })),
}

/** What the page calls each part of it that a link can hide. */
export const PART_TITLES = {
  settings: 'All settings',
  preset: 'Preset',
  models: 'Models of the peers',
  more: 'More settings',
  share: 'Share button',
  lesson: 'Lesson button',
  ...titles(),
} satisfies Readonly<Record<(typeof PARTS)[number], string>>

function titles(): Readonly<Record<RunPanel, string>> {
  const entries = RUN_PANELS.map((name) => [name, PANELS[name].title] as const)
  return Object.fromEntries(entries) as Record<RunPanel, string>
}

/** The panels of a place that a link does not hide, in order. */
export function panelsOf(place: Place, { hidden }: Pick<Page, 'hidden'>): readonly RunPanel[] {
  return RUN_PANELS.filter((name) => {
    const { place: own, needs } = PANELS[name]
    return own === place && ![name, ...needs].some((part) => hidden.has(part))
  })
}

export function PanelView({ name, page }: { readonly name: RunPanel; readonly page: Page }) {
  const { View } = PANELS[name]
  return (
    <div class="panel" data-panel={name}>
      <View page={page} />
    </div>
  )
}
