/** Everything that the page shows, in one value. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { isSameRun } from '../config/comparison'
import type { RunConfig } from '../config/config'
import type { SavedRun } from '../runs/checkpoints'
import type { RunRecord } from '../runs/file/run_record'
import { LESSON_PAGES } from '../runs/lesson'
import { resultOf, type SharedResult } from '../runs/reproduction'
import { comparedRun, useComparison } from './comparison/verdict'
import { useLoadingMark } from './device_care'
import { focusPrimaryButton, LESSON_BUTTON } from './document'
import type { Engine } from './engine'
import type { PeerChoice } from './models/peer_choice'
import { useModels, useRunEstimate } from './models/use_models'
import { useObserved } from './observed'
import { useKeptPage } from './offline/kept_page'
import type { Speed } from './recording/playback'
import { useFeatured, usePlayback } from './recording/use_playback'
import { keptRun, useKeptRuns } from './runs/use_kept_runs'
import type { Portion, Session } from './session'
import { configOf, settingsOf } from './settings/settings'
import { useConsent } from './sharing/consent'
import { isSharedRun, useLink, useOpening, useReproduction } from './sharing/use_link'
import { isOver } from './state'
import { StepView, usePinnedStep } from './steps/step_view'
import { useLearning } from './use_learning'

export type Tab = 'discussion' | 'ask' | 'compare' | 'details'

export type Source = 'recorded' | 'shared' | 'own' | 'none'

export interface ShareRequest {
  readonly config: RunConfig
  /** Null where there is no run of this configuration, or it has made no step. */
  readonly result: SharedResult | null
  /** Whether it is the run of the recording in view. */
  readonly recorded: boolean
}

export type Page = ReturnType<typeof usePage>

export function usePage(engine: Engine, session: Session) {
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
  const wasEnded = useLoadingMark(run.status)
  const models = useModels()
  const consent = useConsent()
  const [sharing, share] = useState<ShareRequest | null>(null)
  const link = useLink(refuse)
  const { shared } = link
  const lesson = useLesson(link.page)
  const hidden = useMemo(() => new Set(link.hide), [link.hide])
  const untouched = run.config === null && shared === null
  const recorded = usePlayback(engine, saved, untouched, lesson.page !== null, speed)
  const live = useFeatured(run, speed)
  const inView = recorded?.view.state ?? run
  const recording = recorded?.recording ?? null
  const known = useMemo(
    () => (recording === null ? run : comparedRun('', recording.config, recording.events)),
    [recording, run],
  )
  const pinned = usePinnedStep(steps, inView, engine, refuse)
  const reproduction = useReproduction(engine, shared, run)
  // Before anything is drawn: the page of another run would be seen to move.
  useLayoutEffect(() => {
    if (shared !== null && over) setSettings(settingsOf(shared.config))
  }, [shared])

  const { base } = settings
  const presetOf = (wanted: string) => engine.presets.find(({ name }) => name === wanted)
  const withPeers = (peers: readonly PeerChoice[]) => ({ ...settings, base: { ...base, peers: [...peers] } })
  const runWith = (peers: readonly PeerChoice[]) => {
    try {
      return configOf(withPeers(peers))
    } catch {
      return null
    }
  }
  // Tokens come many times a second, settings do not change with them.
  const planned = useMemo(() => runWith(base.peers), [settings])
  const estimate = useRunEstimate(planned, models.places, models.request === null)
  const config = inView.config ?? planned ?? base
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])

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
  /** Shows a run as far as it is known, without continuing it. */
  const show = ({ config: own, events }: Pick<SavedRun, 'config' | 'events'>) => {
    session.open(own, events)
    setSettings(settingsOf(own))
  }
  useOpening({
    engine,
    link,
    kept,
    run,
    show,
    start: (wanted) => void learning.startThat(wanted, null),
    wasEnded,
  })
  const unfinished = useMemo(() => {
    // A run that is done may be kept at an earlier step, for want of room.
    if (!over || run.status === 'done') return null
    if (run.config === null || planned === null || !isSameRun(planned, run.config)) return null
    const one = keptRun(saved, planned)
    return one === null || one.ended ? null : one
  }, [over, run.status, run.config, planned, saved])
  const comparison = useComparison({ known, kept, startThat: learning.startThat, show })

  const own: Source = run.config === null ? 'none' : isSharedRun(shared, run.config) ? 'shared' : 'own'
  const source = recorded === null ? own : 'recorded'

  return {
    engine,
    session,
    refuse,
    link,
    /** Whether this tab was ended while it loaded peers. */
    wasEnded,
    hidden,
    reproduction,
    run,
    over,
    /** What the panels show: the visitor's run, or a recorded one. */
    inView,
    /** The run in view as far as it is known: a recording to its end, also while it plays. */
    known,
    source,
    recorded,
    /** Of the run in view; before there is one, of the run that the settings make. */
    config,
    peers,
    /** Of the run that is on, or would be started next. */
    next: over ? (planned ?? config) : config,
    /** The discussion that is shown: of the pinned step, or as the run goes on. */
    exchange: pinned?.exchange ?? (recorded === null ? live : inView.exchange),
    pinned,
    steps,
    speed,
    setSpeed,
    tab,
    openTab,
    settings,
    setSettings,
    choosePeers: (chosen: readonly PeerChoice[]) => setSettings(withPeers(chosen)),
    choosePreset(name: string) {
      const chosen = presetOf(name)
      if (chosen !== undefined) setSettings(settingsOf({ ...chosen.config, backend: base.backend }))
    },
    presetOf,
    /** The run that the settings make; null where they make none. */
    planned,
    estimate,
    /** Returns the run with these peers; null where the other settings make none. */
    runWith,
    models,
    consent,
    kept,
    offline,
    comparison,
    learning,
    lesson,
    /** The kept run that is in view and can be continued: no run is on, and it is not at its end. Null where there is none. */
    unfinished,
    /** Continues the unfinished run or starts that of the settings; stops after `portion` if one is given. */
    begin(portion: Portion | null) {
      if (unfinished === null) void learning.start(portion)
      else void kept.open(unfinished, (one) => void learning.startThat(one.config, one, portion))
    },
    startOver: () => void learning.start(null),
    /** What the share dialog shares; null while it is closed. */
    sharing,
    share,
    /** Opens the share dialog; shows what is wrong where there is nothing to share. */
    askToShare() {
      try {
        const wanted = configOf(settings)
        const ran = known.config !== null && isSameRun(wanted, known.config)
        const ids = wanted.peers.map(({ id }) => id)
        const result = ran ? resultOf(known.steps, known.evals, ids) : null
        share({ config: wanted, result, recorded: ran && recording !== null })
      } catch (error) {
        refuse(error)
      }
    },
    resume: (one: SavedRun) => void learning.startThat(one.config, one),
    readAlong(one: SavedRun) {
      setSettings(settingsOf(one.config))
      openTab('discussion')
      void session.readAlong(one, engine)
      focusPrimaryButton()
    },
    show,
    imported(record: RunRecord) {
      show(record)
      kept.refresh()
    },
  }
}

/** @param linked the page at which a link opens the lesson, also where the link changes while the page is open */
function useLesson(linked: number | null) {
  const [page, setPage] = useState(linked)
  useEffect(() => setPage(linked), [linked])
  return {
    /** Null while the lesson is closed. */
    page,
    go: (wanted: number) => setPage(Math.min(LESSON_PAGES.length, Math.max(1, wanted))),
    close() {
      setPage(null)
      // The lesson may be closed from within, and a link may hide the button.
      const button = document.getElementById(LESSON_BUTTON)
      if (button === null) focusPrimaryButton()
      else button.focus()
    },
  }
}
