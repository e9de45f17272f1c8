/**
 * The panels that show a run. A panel is a name (`hide=` of links knows it by that), a title, a place, and a component with what it
 * is given of the page. Tabs, lesson, share dialog and screenshots take it from here; the order is that of `RUN_PANELS`.
 */
import type { ComponentType } from 'preact'
import { useMemo } from 'preact/hooks'
import { type Hideable, type PANELS as PARTS, RUN_PANELS, type RunPanel } from '../runs/lesson'
import { AccuracyPanel } from './charts/accuracy_panel'
import { DiscussionPanel } from './discussion_panel'
import { SkillsPanel } from './measures/skills_panel'
import { onDemand } from './on_demand'
import type { Page, Tab } from './page'

export type Place = Tab | 'side'

interface Panel {
  readonly title: string
  readonly place: Place
  /** Parts without which it is of no use. */
  readonly needs: readonly Hideable[]
  /** Shows it; drawn again only where what it is given changes: words come many times a second. */
  readonly View: ComponentType<{ readonly page: Page }>
}

type View = Panel['View']

function panel(title: string, place: Place, View: View, needs: readonly Hideable[] = []): Panel {
  return { title, place, needs, View }
}

function drawn<Props extends object>(Component: ComponentType<Props>, propsOf: (page: Page) => Props): View {
  return function Drawn({ page }) {
    const props = propsOf(page)
    return useMemo(() => <Component {...props} />, Object.values(props))
  }
}

/** A panel whose code comes when its tab is first opened. */
function loaded<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  propsOf: (page: Page) => Props,
): View {
  return drawn(onDemand(load), (page) => ({ ...propsOf(page), onFailure: page.refuse }))
}

const whole = (page: Page) => ({ page })
const shownStep = ({ pinned, inView }: Page) => pinned?.step ?? inView.steps.at(-1)

export const PANELS: Readonly<Record<RunPanel, Panel>> = {
  exchange: panel('Their discussion', 'discussion', DiscussionPanel),
  curves: panel(
    'Right alone',
    'side',
    drawn(AccuracyPanel, ({ inView: { evals }, config, comparison: { compared }, steps: view }) => ({
      evals,
      config,
      compared,
      view,
    })),
  ),
  skills: panel(
    'Skills',
    'side',
    drawn(SkillsPanel, ({ inView, config, pinned }) => ({
      evals: inView.evals,
      config,
      pinned: pinned?.step.step ?? null,
    })),
  ),
  ask: panel(
    'Ask them',
    'ask',
    loaded(
      async () => (await import('./ask/ask_panel')).AskPanel,
      ({ engine, run, next, kept, models, over, learning }) => ({
        engine,
        config: run.config ?? next,
        kept: kept.saved,
        places: models.places,
        over,
        prepared: learning.prepared,
      }),
    ),
  ),
  compare: panel(
    'Compare',
    'compare',
    loaded(
      async () => (await import('./comparison/comparison_panel')).ComparisonPanel,
      ({ known, comparison, over }) => ({
        config: known.config,
        evals: known.evals,
        compared: comparison.compared,
        over,
        onSingleAgent: comparison.withSingleAgent,
        onEnd: comparison.end,
      }),
    ),
  ),
  try: panel(
    'You could try…',
    'compare',
    loaded(async () => (await import('./experiments/experiments_disclosure')).ExperimentsDisclosure, whole),
    ['settings', 'preset', 'more', 'models'],
  ),
  rewards: panel(
    'Rewards and tests',
    'details',
    loaded(
      async () => (await import('./charts/curves_details')).CurvesDetails,
      ({ inView, config, comparison, steps }) => ({
        evals: inView.evals,
        steps: inView.steps,
        best: inView.best,
        config,
        compared: comparison.compared,
        view: steps,
      }),
    ),
  ),
  interactions: panel(
    'How they interact',
    'details',
    loaded(
      async () => (await import('./measures/interaction_panel')).InteractionPanel,
      (page) => ({
        steps: page.inView.steps,
        config: page.config,
        shown: shownStep(page),
        view: page.steps,
      }),
    ),
  ),
  metrics: panel(
    'Numbers',
    'details',
    loaded(
      async () => (await import('./measures/metrics_panel')).MetricsPanel,
      (page) => ({ shown: shownStep(page), config: page.config }),
    ),
  ),
  prompts: panel(
    'Prompts',
    'details',
    loaded(
      async () => (await import('./exchange/prompts_disclosure')).PromptsDisclosure,
      ({ next }) => ({ task: next.task, judge: next.difficultyJudge }),
    ),
  ),
  warnings: panel(
    'Warnings',
    'details',
    loaded(
      async () => (await import('./measures/metrics_panel')).WarningList,
      ({ inView }) => ({ warnings: inView.warnings }),
    ),
  ),
  runs: panel(
    'Runs',
    'details',
    loaded(async () => (await import('./runs/kept_runs')).RunsSection, whole),
  ),
}

/** What the page calls each part of it that a link can hide. */
export const PART_TITLES = {
  settings: 'All settings',
  preset: 'Preset',
  models: 'Models of the peers',
  more: 'More settings',
  share: 'Share button',
  lesson: 'Lesson button',
  ...(Object.fromEntries(RUN_PANELS.map((name) => [name, PANELS[name].title])) as Record<RunPanel, string>),
} satisfies Readonly<Record<(typeof PARTS)[number], string>>

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
