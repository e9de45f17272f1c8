/** Everything that the page shows, in one value: panels are made from it. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RunSummary } from '../runs/checkpoint_layout'
import type { SavedRun } from '../runs/checkpoints'
import { isSameRun } from '../runs/comparison'
import type { RunConfig } from '../runs/config'
import type { RunRecord } from '../runs/file/run_record'
import type { Hideable } from '../runs/lesson'
import { resultOf } from '../runs/reproduction'
import { type Comparison, useComparison } from './comparison/use_comparison'
import type { Engine, PresetChoice } from './engine'
import type { ExchangeView } from './exchange/exchange_view'
import { type Experiments, useExperiments } from './experiments/use_experiments'
import { type Lesson, useLesson } from './lesson/use_lesson'
import type { RunEstimate } from './models/run_estimate'
import { type Models, useModels, useRunEstimate } from './models/use_models'
import { useObserved } from './observed'
import { type KeptPage, useKeptPage } from './offline/kept_page'
import type { Speed } from './recording/playback'
import { useFeatured } from './recording/use_featured'
import { type Playing, usePlayback } from './recording/use_playback'
import { focusPrimaryButton, isOver } from './run_bar'
import { type Kept, useKeptRuns } from './runs/use_kept_runs'
import type { Portion, Session } from './session'
import { configOf, type Settings, settingsOf } from './settings/settings'
import type { ShareDialog, ShareRequest } from './sharing/share_dialog'
import { type Consent, useConsent } from './sharing/use_consent'
import { type PageLink, useAutostart, useLink } from './sharing/use_link'
import { isSharedRun, type Reproduction, useReproduction } from './sharing/use_reproduction'
import type { ViewState } from './state'
import { StepView } from './steps/step_view'
import { type PinnedStep, usePinnedStep } from './steps/use_pinned_step'
import { type Learning, useLearning } from './use_learning'
import { type OnDemandDialog, useDialog } from './use_on_demand'

export type Tab = 'discussion' | 'ask' | 'compare' | 'details'

/** Whose run is in view. */
export type Source = 'recorded' | 'shared' | 'own' | 'none'

export interface Page {
  readonly engine: Engine
  readonly session: Session
  readonly refuse: (error: unknown) => void
  readonly link: PageLink
  /** What the link hides. */
  readonly hidden: ReadonlySet<Hideable>
  readonly reproduction: Reproduction
  /** The visitor's own run. */
  readonly run: ViewState
  /** Whether no run is on. */
  readonly over: boolean
  /** What the panels show: the visitor's run, or a recorded one. */
  readonly inView: ViewState
  readonly source: Source
  readonly recorded: Playing | null
  /** Of the run in view; before there is one, of the run that the settings make. */
  readonly config: RunConfig
  readonly peers: readonly string[]
  /** Of the run that is on, or would be started next. */
  readonly next: RunConfig
  /** The discussion that is shown: of the pinned step, or as the run goes on. */
  readonly exchange: ExchangeView | null
  readonly pinned: PinnedStep | null
  readonly steps: StepView
  readonly speed: Speed
  setSpeed(speed: Speed): void
  readonly tab: Tab
  openTab(tab: Tab): void
  readonly settings: Settings
  setSettings(settings: Settings): void
  choosePreset(name: string): void
  presetOf(name: string): PresetChoice | undefined
  readonly planned: RunConfig | null
  readonly estimate: RunEstimate | null
  /** The run with these peers; null where the other settings make none. */
  runWith(peers: Settings['peers']): RunConfig | null
  readonly models: Models
  readonly consent: Consent
  readonly kept: Kept
  readonly offline: KeptPage
  readonly comparison: Comparison
  readonly experiments: Experiments
  readonly learning: Learning
  readonly lesson: Lesson
  /** The kept run that is in view, over and not at its end: it can be continued. Null where there is none. */
  readonly unfinished: RunSummary | null
  /** Continues the unfinished run or starts that of the settings; no further than a portion, where one is given. */
  begin(portion: Portion | null): void
  /** Starts the run of the settings from its beginning. */
  startOver(): void
  readonly share: OnDemandDialog<ShareRequest, typeof ShareDialog>
  /** Opens the share dialog; shows what is wrong where there is nothing to share. */
  askToShare(): void
  resume(run: SavedRun): void
  readAlong(run: SavedRun): void
  /** Shows a run as far as it is known, without continuing it. */
  show(run: Pick<SavedRun, 'config' | 'events'>): void
  imported(record: RunRecord): Promise<void>
}

const loadShareDialog = async () => (await import('./sharing/share_dialog')).ShareDialog

export function usePage(engine: Engine, session: Session): Page {
  const run = useObserved(session)
  const [settings, setSettings] = useState(() => settingsOf(engine.presets[0].config))
  const [tab, openTab] = useState<Tab>('discussion')
  const [speed, setSpeed] = useState<Speed>('read')
  const [steps] = useState(() => new StepView())
  const over = isOver(run.status)
  const refuse = useCallback((error: unknown) => session.refuse(error), [session])

  const kept = useKeptRuns(engine, over, run.checkpoint, refuse)
  const { saved } = kept
  const offline = useKeptPage()
  const models = useModels(refuse)
  const consent = useConsent(refuse)
  const share = useDialog<ShareRequest, typeof ShareDialog>(loadShareDialog, refuse)
  const link = useLink(refuse)
  const { shared } = link
  const lesson = useLesson(link.page, refuse)
  const hidden = useMemo(() => new Set(link.hide), [link.hide])
  const recorded = usePlayback(
    engine,
    saved,
    run.config === null && shared === null,
    lesson.page !== null,
    speed,
  )
  const live = useFeatured(run, speed)
  const inView = recorded?.view.state ?? run
  const pinned = usePinnedStep(steps, inView, engine, refuse)
  const reproduction = useReproduction(engine, shared, run)
  useEffect(() => {
    if (shared !== null && over) setSettings(settingsOf(shared.config))
  }, [shared])

  const presetOf = (wanted: string) => engine.presets.find(({ name }) => name === wanted)
  const runWith = (peers: Settings['peers']) => {
    try {
      return configOf({ ...settings, peers })
    } catch {
      return null
    }
  }
  // Tokens come many times a second, settings do not change with them.
  const planned = useMemo(() => runWith(settings.peers), [settings])
  const estimate = useRunEstimate(planned, models.places, models.dialog.request === null)
  const { base } = settings
  const config = useMemo(
    () => inView.config ?? planned ?? { ...base, peers: [...settings.peers] },
    [inView.config, planned, base, settings.peers],
  )
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])
  const next = over ? (planned ?? config) : config

  const learning = useLearning({
    session,
    settings,
    models,
    consent,
    onSettings: setSettings,
    onStarted(wanted) {
      openTab('discussion')
      if (isSharedRun(shared, wanted)) reproduction.look(models.places).catch(refuse)
    },
  })
  useAutostart(link, saved, over, (wanted) => void learning.startThat(wanted, null))
  const show = ({ config: own, events }: Pick<SavedRun, 'config' | 'events'>) => {
    session.open(own, events)
    setSettings(settingsOf(own))
  }
  useReopening(engine, kept, link, run, show)
  const unfinished = useMemo(() => {
    // A run that is done may be kept at an earlier step, for want of room.
    if (!over || run.status === 'done') return null
    if (run.config === null || planned === null || !isSameRun(planned, run.config)) return null
    return saved?.runs.find((one) => !one.ended && isSameRun(one.config, planned)) ?? null
  }, [over, run.status, run.config, planned, saved])
  const comparison = useComparison({ run: inView, kept, startThat: learning.startThat, show })
  const experiments = useExperiments({ settings, planned, run, comparison, onSettings: setSettings })

  return {
    engine,
    session,
    refuse,
    link,
    hidden,
    reproduction,
    run,
    over,
    inView,
    source: sourceOf(recorded !== null, isSharedRun(shared, run.config), run.config !== null),
    recorded,
    config,
    peers,
    next,
    exchange: pinned?.exchange ?? (recorded === null ? live : inView.exchange),
    pinned,
    steps,
    speed,
    setSpeed,
    tab,
    openTab,
    settings,
    setSettings,
    choosePreset(name) {
      const chosen = presetOf(name)
      if (chosen !== undefined) setSettings({ ...settingsOf(chosen.config), backend: settings.backend })
    },
    presetOf,
    planned,
    estimate,
    runWith,
    models,
    consent,
    kept,
    offline,
    comparison,
    experiments,
    learning,
    lesson,
    unfinished,
    begin(portion) {
      if (unfinished === null) void learning.start(portion)
      else void kept.open(unfinished, (one) => void learning.startThat(one.config, one, portion))
    },
    startOver: () => void learning.start(null),
    share,
    askToShare() {
      try {
        const wanted = configOf(settings)
        const ran = run.config !== null && isSameRun(wanted, run.config)
        const ids = wanted.peers.map(({ id }) => id)
        share.ask({ config: wanted, result: ran ? resultOf(run.steps, run.evals, ids) : null })
      } catch (error) {
        refuse(error)
      }
    },
    resume: (one) => void learning.startThat(one.config, one),
    readAlong(one) {
      setSettings(settingsOf(one.config))
      openTab('discussion')
      void session.readAlong(one, engine)
      focusPrimaryButton()
    },
    show,
    async imported(record) {
      show(record)
      await kept.refresh()
    },
  }
}

function sourceOf(recorded: boolean, shared: boolean, begun: boolean): Source {
  if (recorded) return 'recorded'
  if (shared) return 'shared'
  return begun ? 'own' : 'none'
}

/** Shows the newest unfinished run when the page is opened, once, unless another tab runs it. With a link, only the link's run counts. */
function useReopening(
  engine: Engine,
  { saved, open }: Kept,
  link: PageLink,
  run: ViewState,
  show: (run: SavedRun) => void,
): void {
  const considered = useRef(false)
  const idle = useRef(true)
  idle.current = run.config === null
  useEffect(() => {
    if (considered.current || saved === null || link.reading) return
    considered.current = true
    const { shared } = link
    const latest = saved.runs.find(
      ({ ended, config }) => !ended && (shared === null || isSharedRun(shared, config)),
    )
    if (latest === undefined) return
    engine.running([latest.id]).then((elsewhere) => {
      if (elsewhere.length === 0 && idle.current) void open(latest, (one) => idle.current && show(one))
    })
  }, [saved, link.reading])
}
