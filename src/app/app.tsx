import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { SavedRun } from '../runs/checkpoints'
import type { RunRecord } from '../runs/file/run_record'
import { RUN_PANELS } from '../runs/lesson'
import { resultOf } from '../runs/reproduction'
import { AskPanel } from './ask/ask_panel'
import { useComparison } from './comparison/use_comparison'
import type { Engine } from './engine'
import { ExchangePanel } from './exchange/exchange_panel'
import { ExperimentsDisclosure } from './experiments/experiments_disclosure'
import { useExperiments } from './experiments/use_experiments'
import { LessonButton } from './lesson/lesson_button'
import { useLesson } from './lesson/use_lesson'
import { offeredPeers } from './models/peer_list'
import { useModels } from './models/use_models'
import { useRunEstimate } from './models/use_run_estimate'
import { DoneNotice, ProblemNotice, SavedRunNotices } from './notices'
import { useKeptPage } from './offline/kept_page'
import { OfflineNotices } from './offline/offline_notices'
import { PlaybackBar } from './recording/playback_bar'
import { usePlayback } from './recording/use_playback'
import { Results } from './results'
import { focusPrimaryButton, isOver, RunBar } from './run_bar'
import { RunsSection } from './runs/runs_section'
import { useKeptRuns } from './runs/use_kept_runs'
import type { Session } from './session'
import { configOf, type Settings, settingsOf } from './settings/settings'
import { SettingsForm } from './settings/settings_form'
import { type WebGpuSupport, webGpuSupport } from './settings/webgpu_support'
import { useAutostart } from './sharing/use_autostart'
import { useConsent } from './sharing/use_consent'
import { useLink } from './sharing/use_link'
import { isSharedRun, useReproduction } from './sharing/use_reproduction'
import { useShare } from './sharing/use_share'
import { StepView } from './steps/step_view'
import { usePinnedStep } from './steps/use_pinned_step'
import { useLearning } from './use_learning'

/** What experiments fill in: where a link hides some of it, they are not offered. */
const NEEDED_TO_TRY = ['settings', 'preset', 'more', 'models'] as const

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const [state, setState] = useState(session.current)
  const [settings, setSettings] = useState(() => settingsOf(engine.presets[0].config))
  const [support, setSupport] = useState<WebGpuSupport>({ state: 'unknown' })
  const over = isOver(state.status)
  const refuse = useCallback((error: unknown) => session.refuse(error), [session])
  const kept = useKeptRuns(engine, over, state.checkpoint, refuse)
  const { saved, elsewhere } = kept
  const latest = saved?.runs.find(({ ended }) => !ended) ?? null

  useEffect(() => session.subscribe(setState), [session])
  useEffect(() => {
    webGpuSupport().then(setSupport)
  }, [])

  const presetOf = (wanted: string) => engine.presets.find(({ name }) => name === wanted)
  const { base } = settings
  const page = useKeptPage()
  const models = useModels(refuse)
  const consent = useConsent()
  const share = useShare(refuse)
  const link = useLink(refuse)
  const { shared } = link
  const lesson = useLesson(link.page, refuse)
  const recorded = usePlayback(engine, saved, state.config === null && shared === null, lesson.page !== null)
  /** What the panels show; all else is about the visitor's own run. */
  const inView = recorded?.view.state ?? state
  const [stepView] = useState(() => new StepView())
  const pinned = usePinnedStep(stepView, inView, engine, refuse)

  const hidden = useMemo(() => new Set(link.hide), [link.hide])
  const reproduction = useReproduction(engine, shared, state)
  /** The shared run is what the form shows when it arrives. */
  useEffect(() => {
    if (shared !== null && over) setSettings(settingsOf(shared.config))
  }, [shared])

  /** The run with these peers; null where the other settings make none, which is told when it is to start. */
  const runWith = (changed: Settings['peers']) => {
    try {
      return configOf({ ...settings, peers: changed })
    } catch {
      return null
    }
  }
  // Tokens come many times a second, settings do not change with them.
  const planned = useMemo(() => runWith(settings.peers), [settings])
  const estimate = useRunEstimate(planned, models.places, models.request === null)
  /** Of the run in view; before there is one, of the run that the form makes, as far as it makes one. */
  const config = useMemo(
    () => inView.config ?? planned ?? { ...base, peers: [...settings.peers] },
    [inView.config, planned, base, settings.peers],
  )
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])
  /** Of the run that is on, or would be started next. */
  const next = over ? (planned ?? config) : config

  const { prepared, start, startThat } = useLearning({
    session,
    settings,
    models,
    consent,
    onSettings: setSettings,
    onStarted(wanted) {
      if (isSharedRun(shared, wanted)) reproduction.look(models.places).catch(refuse)
    },
  })
  useAutostart(link, saved, over, (wanted) => void startThat(wanted, null))
  const shareThis = () => {
    try {
      const wanted = configOf(settings)
      const ran = JSON.stringify(wanted) === JSON.stringify(state.config)
      const ids = wanted.peers.map(({ id }) => id)
      share.ask({ config: wanted, result: ran ? resultOf(state.steps, state.evals, ids) : null })
    } catch (error) {
      session.refuse(error)
    }
  }
  const goOn = (run: SavedRun) => void startThat(run.config, run)
  const read = (run: SavedRun) => {
    setSettings(settingsOf(run.config))
    void session.readAlong(run)
    focusPrimaryButton()
  }
  /** Shows a run as far as it is known, without going on with it. */
  const show = ({ config: own, events }: Pick<SavedRun, 'config' | 'events'>) => {
    session.open(own, events)
    setSettings(settingsOf(own))
  }
  const comparison = useComparison({ run: state, kept, startThat, show })
  const experiments = useExperiments({ settings, planned, run: state, comparison, onSettings: setSettings })
  const imported = async (record: RunRecord) => {
    show(record)
    await kept.refresh()
  }

  // What would be there before the link is read would go, or move, when it is.
  if (link.reading) return null
  return (
    <>
      <header class="masthead">
        <h1>Colloquy</h1>
        <p>Small language models that discuss questions and learn from each other, here in your browser.</p>
        {hidden.has('lesson') ? null : <LessonButton lesson={lesson} />}
      </header>
      {shared === null || link.Notice === null ? null : (
        <link.Notice
          shared={shared}
          title={presetOf(shared.config.preset)?.title ?? shared.config.preset}
          hub={models.places.hub}
          reproduction={reproduction}
          ready={over}
          onStart={() => void startThat(shared.config, null)}
        />
      )}
      {hidden.has('settings') ? null : (
        <SettingsForm
          presets={engine.presets}
          settings={settings}
          support={support}
          locked={!over}
          hidden={hidden}
          invalid={state.problem?.what ?? null}
          estimate={estimate}
          onChange={setSettings}
          onModel={(peer) => models.ask({ peer, peers: settings.peers, missing: false })}
          onPreset={(name) => {
            const chosen = presetOf(name)
            if (chosen !== undefined) setSettings({ ...settingsOf(chosen.config), backend: settings.backend })
          }}
        />
      )}
      {NEEDED_TO_TRY.some((part) => hidden.has(part)) ? null : (
        <ExperimentsDisclosure experiments={experiments} locked={!over} onError={refuse} />
      )}
      <RunBar
        state={state}
        onStart={start}
        onPause={() => session.pause()}
        onResume={() => session.resume()}
        onPortion={(portion) => session.advance(portion)}
        onStop={() => session.stop()}
        onShare={hidden.has('share') ? null : shareThis}
      />
      {recorded === null ? null : <PlaybackBar playback={recorded.playback} view={recorded.view} />}
      <div class="visually-hidden" role="status" aria-live="polite">
        {state.announcement}
      </div>
      <div class="visually-hidden" role="status">
        {comparison.compared === null ? '' : `Compared with ${comparison.compared.title}.`}
      </div>
      <main>
        <div class="notices">
          {state.problem === null ? null : <ProblemNotice problem={state.problem} />}
          {over && kept.trouble !== null ? <ProblemNotice problem={kept.trouble} /> : null}
          {state.done === null ? null : <DoneNotice done={state.done} backend={config.backend} />}
          {over && saved !== null ? (
            <SavedRunNotices
              latest={latest !== null && elsewhere.has(latest.id) ? null : latest}
              damaged={saved.damaged}
              onResume={(run) => void kept.open(run, goOn)}
              onForget={kept.forget}
            />
          ) : null}
          <OfflineNotices page={page} over={over} />
        </div>
        <div class="panels" data-trimmed={RUN_PANELS.some((panel) => hidden.has(panel))}>
          {hidden.has('exchange') ? null : (
            <ExchangePanel
              exchange={pinned?.exchange ?? inView.exchange}
              recorded={recorded !== null}
              pinned={pinned !== null}
              view={stepView}
              peers={peers}
              config={config}
              judge={next.difficultyJudge}
              task={next.task}
              onError={refuse}
            />
          )}
          <Results
            inView={inView}
            pinned={pinned?.step ?? null}
            view={stepView}
            run={state}
            config={config}
            peers={peers}
            comparison={comparison}
            over={over}
            hidden={hidden}
          >
            {hidden.has('ask') ? null : (
              <AskPanel
                engine={engine}
                config={state.config ?? next}
                kept={saved}
                places={models.places}
                over={over}
                prepared={prepared}
                onError={refuse}
              />
            )}
          </Results>
        </div>
        <RunsSection
          engine={engine}
          kept={kept}
          config={state.config ?? latest?.config ?? null}
          over={over}
          comparison={comparison}
          onImported={imported}
          onResume={goOn}
          onRead={read}
          onShow={show}
          onError={refuse}
        />
      </main>
      <footer class="foot">
        Everything runs on this device, and nothing you do here leaves it. Models are loaded from this page’s
        own address; from anywhere else only what you have agreed to.
        {page.kept ? ' The page is kept here and opens without a network.' : null}
      </footer>
      {lesson.Panel === null || lesson.page === null ? null : (
        <lesson.Panel
          page={lesson.page}
          engine={engine}
          run={state}
          inView={inView}
          recorded={recorded !== null}
          pinned={pinned}
          shared={shared?.config ?? null}
          compared={comparison.compared}
          hidden={hidden}
          deeds={{
            start: (wanted, portion) => startThat(wanted, null, portion),
            resume: () => session.resume(),
            step: () => session.advance('step'),
            compare: () => comparison.withSingleAgent(config),
          }}
          onPage={lesson.go}
          onClose={lesson.close}
        />
      )}
      {models.Dialog === null || models.request === null ? null : (
        <models.Dialog
          request={models.request}
          offered={offeredPeers(engine.presets, base.preset)}
          places={models.places}
          runWith={runWith}
          onPlaces={models.changePlaces}
          onPeers={(peers) => setSettings((now) => ({ ...now, peers }))}
          onClose={models.close}
        />
      )}
      {share.Dialog === null || share.request === null ? null : (
        <share.Dialog request={share.request} engine={engine} places={models.places} onClose={share.close} />
      )}
      {consent.Dialog === null || consent.request === null ? null : (
        <consent.Dialog request={consent.request} />
      )}
    </>
  )
}
