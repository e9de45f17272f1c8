import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { SavedRun } from '../runs/checkpoints'
import { isSameRun } from '../runs/comparison'
import type { RunConfig } from '../runs/config'
import type { RunRecord } from '../runs/file/run_record'
import { SINGLE_AGENT } from '../runs/presets'
import { resultOf } from '../runs/reproduction'
import { type ComparedRun, comparedRun } from './comparison/compared_run'
import { ComparisonPanel } from './comparison/comparison_panel'
import { CurvesPanel } from './curves_panel'
import type { Engine, SavedRuns } from './engine'
import { ExchangePanel } from './exchange_panel'
import { InteractionPanel } from './interaction_panel'
import { KeptRuns } from './kept_runs'
import { MetricsPanel } from './metrics_panel'
import { useModels } from './models/use_models'
import { useRunEstimate } from './models/use_run_estimate'
import { DoneNotice, ProblemNotice, SavedRunNotices, WarningList } from './notices'
import { useKeptPage } from './offline/kept_page'
import { OfflineNotices } from './offline/offline_notices'
import { PlaybackBar } from './recording/playback_bar'
import { usePlayback } from './recording/use_playback'
import { isOver, PRIMARY_BUTTON, RunBar } from './run_bar'
import { RunFiles } from './run_files'
import { runTitle } from './run_title'
import type { Session } from './session'
import { configOf, type Settings, settingsOf } from './settings'
import { SettingsForm } from './settings_form'
import { ConsentDialog } from './sharing/consent_dialog'
import { SharedRunNotice } from './sharing/shared_run_notice'
import { useAutostart } from './sharing/use_autostart'
import { useConsent } from './sharing/use_consent'
import { useLink } from './sharing/use_link'
import { isSharedRun, useReproduction } from './sharing/use_reproduction'
import { useShare } from './sharing/use_share'
import { SkillsPanel } from './skills_panel'
import { useKeptRuns } from './use_kept_runs'
import { type WebGpuSupport, webGpuSupport } from './webgpu_support'

/** As long as it is not known which runs are kept. */
const NO_RUNS: SavedRuns['runs'] = []

/** The panels that the page's grid has a place for. */
const PAGE_PANELS = ['exchange', 'curves', 'interactions', 'skills', 'warnings', 'metrics'] as const

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const [state, setState] = useState(session.current)
  const [settings, setSettings] = useState(() => settingsOf(engine.presets[0].config))
  const [support, setSupport] = useState<WebGpuSupport>({ state: 'unknown' })
  const [compared, setCompared] = useState<ComparedRun | null>(null)
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
  const recorded = usePlayback(engine, saved, state.config === null && shared === null)
  /** What the panels show; all else is about the visitor's own run. */
  const inView = recorded?.view.state ?? state
  const config = useMemo(
    () => inView.config ?? { ...base, peers: [...settings.peers] },
    [inView.config, base, settings.peers],
  )
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])

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

  /** Starts a run, once its models are here and whom it asks is agreed to. @returns whether it has started */
  const begin = async (wanted: RunConfig, from: SavedRun | null, oneStep: boolean): Promise<boolean> => {
    try {
      if (!(await models.ready(wanted)) || !(await consent.agreed(wanted))) return false
      session.start(wanted, from, oneStep, models.places)
      if (isSharedRun(shared, wanted)) reproduction.look(models.places).catch(refuse)
      return true
    } catch (error) {
      session.refuse(error)
      return false
    }
  }
  const start = async (oneStep: boolean) => {
    try {
      await begin(configOf(settings), null, oneStep)
    } catch (error) {
      session.refuse(error)
    }
  }
  /** Of a run with a configuration of its own, which the form then shows. */
  const startThat = async (wanted: RunConfig, from: SavedRun | null) => {
    setSettings(settingsOf(wanted))
    // The button that was pressed goes away: the keyboard goes on from the one that pauses.
    if (await begin(wanted, from, false)) document.getElementById(PRIMARY_BUTTON)?.focus()
  }
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
    document.getElementById(PRIMARY_BUTTON)?.focus()
  }
  /** Shows a run as far as it is known, without going on with it. */
  const show = ({ config: own, events }: Pick<SavedRun, 'config' | 'events'>) => {
    session.open(own, events)
    setSettings(settingsOf(own))
  }
  const compare = (run: SavedRun) => setCompared(comparedRun(runTitle(run), run.config, run.events))
  const compareNoMore = () => {
    setCompared(null)
    // The button that was pressed goes away.
    document.getElementById(PRIMARY_BUTTON)?.focus()
  }
  /** The run in view once more, every peer for itself; where that run is kept already, it need not be run again. */
  const compareWithSingleAgent = async (discussed: RunConfig) => {
    const named = saved?.runs.find((run) => isSameRun(run.config, discussed))
    const title = runTitle(named ?? { name: '', config: discussed })
    setCompared({ title, config: discussed, evals: state.evals, steps: state.steps })
    const wanted = { ...discussed, ...SINGLE_AGENT }
    const known = saved?.runs.find((run) => isSameRun(run.config, wanted))
    if (known === undefined) await startThat(wanted, null)
    else await kept.open(known, known.ended ? show : goOn)
  }

  const imported = async (record: RunRecord) => {
    show(record)
    await kept.refresh()
  }

  const { evals, steps, best, warnings } = inView
  const evalSize = Number(inView.config?.evalSize ?? settings.values.evalSize) || base.evalSize
  const lastStep = Number(inView.config?.steps ?? settings.values.steps) || base.steps
  const nextJudge = settings.values.difficultyJudge === 'prompt' ? 'prompt' : 'confidence'
  // Tokens come many times a second, these few times a minute: kept elements are not compared again.
  const results = useMemo(
    () => (
      <>
        {hidden.has('curves') ? null : (
          <CurvesPanel
            evals={evals}
            steps={steps}
            best={best}
            peers={peers}
            evalSize={evalSize}
            lastStep={lastStep}
            discussing={config.evalMethods.includes('idea3')}
            compared={compared}
          />
        )}
        {hidden.has('interactions') ? null : (
          <InteractionPanel steps={steps} peers={peers} lastStep={lastStep} config={config} />
        )}
        {hidden.has('skills') ? null : <SkillsPanel evals={evals} peers={peers} />}
        {hidden.has('warnings') ? null : <WarningList warnings={warnings} />}
        {hidden.has('metrics') ? null : <MetricsPanel latest={steps.at(-1)} peers={peers} />}
      </>
    ),
    [evals, steps, best, warnings, peers, evalSize, lastStep, config, compared, hidden],
  )

  return (
    <>
      <header class="masthead">
        <h1>Colloquy</h1>
        <p>Small language models that discuss questions and learn from each other, here in your browser.</p>
      </header>
      {shared === null ? null : (
        <SharedRunNotice
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
      <RunBar
        state={state}
        onStart={start}
        onPause={() => session.pause()}
        onResume={() => session.resume()}
        onStep={() => session.step()}
        onStop={() => session.stop()}
        onShare={hidden.has('share') ? null : shareThis}
      />
      {recorded === null ? null : <PlaybackBar playback={recorded.playback} view={recorded.view} />}
      <div class="visually-hidden" role="status" aria-live="polite">
        {state.announcement}
      </div>
      <div class="visually-hidden" role="status">
        {compared === null ? '' : `Compared with ${compared.title}.`}
      </div>
      <main data-trimmed={PAGE_PANELS.some((panel) => hidden.has(panel))}>
        <div class="notices">
          {state.problem === null ? null : <ProblemNotice problem={state.problem} />}
          {state.done === null ? null : <DoneNotice done={state.done} backend={config.backend} />}
          {over && saved !== null ? (
            <SavedRunNotices
              latest={latest !== null && elsewhere.has(latest.id) ? null : latest}
              damaged={saved.damaged}
              onResume={(run) => void kept.open(run, goOn)}
              onForget={kept.forget}
            />
          ) : null}
          <RunFiles
            engine={engine}
            config={state.config ?? latest?.config ?? null}
            version={saved}
            over={over}
            onImported={imported}
            onError={refuse}
          />
          <KeptRuns
            runs={saved?.runs ?? NO_RUNS}
            deleted={kept.deleted}
            elsewhere={elsewhere}
            over={over}
            compared={compared?.config ?? null}
            onResume={(run) => void kept.open(run, goOn)}
            onRead={(run) => void kept.open(run, read)}
            onShow={(run) => void kept.open(run, show)}
            onCompare={(run, wanted) => (wanted ? void kept.open(run, compare) : setCompared(null))}
            onRename={kept.rename}
            onPin={kept.pin}
            onForget={({ id }) => kept.forget(id)}
            onRestore={kept.restore}
          />
          <ComparisonPanel
            run={state}
            compared={compared}
            onSingleAgent={over ? compareWithSingleAgent : null}
            onEnd={compareNoMore}
          />
          <OfflineNotices page={page} over={over} />
        </div>
        {hidden.has('exchange') ? null : (
          <ExchangePanel
            exchange={inView.exchange}
            recorded={recorded !== null}
            peers={peers}
            config={config}
            judge={over ? nextJudge : config.difficultyJudge}
            task={over ? base.task : config.task}
          />
        )}
        {results}
      </main>
      <footer class="foot">
        Everything runs on this device, and nothing you do here leaves it. Models are loaded from this page’s
        own address; from anywhere else only what you have agreed to.
        {page.kept ? ' The page is kept here and opens without a network.' : null}
      </footer>
      {models.Dialog === null || models.request === null ? null : (
        <models.Dialog
          request={models.request}
          preset={presetOf(base.preset)?.config.peers ?? base.peers}
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
      {consent.request === null ? null : <ConsentDialog request={consent.request} />}
    </>
  )
}
