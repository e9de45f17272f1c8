import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { RunSummary } from '../runs/checkpoint_layout'
import type { SavedRun } from '../runs/checkpoints'
import type { RunConfig } from '../runs/config'
import type { RunRecord } from '../runs/file/run_record'
import { resultOf } from '../runs/reproduction'
import { CurvesPanel } from './curves_panel'
import type { Engine, SavedRuns } from './engine'
import { ExchangePanel } from './exchange_panel'
import { InteractionPanel } from './interaction_panel'
import { KeptRuns } from './kept_runs'
import { MetricsPanel } from './metrics_panel'
import { useModels } from './models/use_models'
import { DoneNotice, ProblemNotice, SavedRunNotices, WarningList } from './notices'
import { isOver, PRIMARY_BUTTON, RunBar } from './run_bar'
import { RunFiles } from './run_files'
import type { Session } from './session'
import { configOf, settingsOf } from './settings'
import { SettingsForm } from './settings_form'
import { ConsentDialog } from './sharing/consent_dialog'
import { SharedRunNotice } from './sharing/shared_run_notice'
import { useAutostart } from './sharing/use_autostart'
import { useConsent } from './sharing/use_consent'
import { useLink } from './sharing/use_link'
import { isSharedRun, useReproduction } from './sharing/use_reproduction'
import { useShare } from './sharing/use_share'
import { SkillsPanel } from './skills_panel'
import { useElsewhere } from './use_elsewhere'
import { type WebGpuSupport, webGpuSupport } from './webgpu_support'

/** The panels that the page's grid has a place for. */
const PAGE_PANELS = ['exchange', 'curves', 'interactions', 'skills', 'warnings', 'metrics'] as const

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const [state, setState] = useState(session.current)
  const [settings, setSettings] = useState(() => settingsOf(engine.presets[0].config))
  const [support, setSupport] = useState<WebGpuSupport>({ state: 'unknown' })
  const [saved, setSaved] = useState<SavedRuns | null>(null)
  const [deleted, setDeleted] = useState<readonly RunSummary[]>([])
  const elsewhere = useElsewhere(engine, saved)
  const latest = saved?.runs.find(({ ended }) => !ended) ?? null
  const over = isOver(state.status)

  useEffect(() => session.subscribe(setState), [session])
  useEffect(() => {
    webGpuSupport().then(setSupport)
  }, [])
  // On opening the page, and whenever a run ends, ask what there is to go on from.
  useEffect(() => {
    if (!over) return
    let current = true
    engine.savedRuns().then(
      (found) => current && setSaved(found),
      (error) => session.refuse(error),
    )
    return () => {
      current = false
      setSaved(null)
    }
  }, [engine, session, over])

  const presetOf = (wanted: string) => engine.presets.find(({ name }) => name === wanted)
  const { base } = settings
  const config = useMemo(
    () => state.config ?? { ...base, peers: [...settings.peers] },
    [state.config, base, settings.peers],
  )
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])

  const refuse = useCallback((error: unknown) => session.refuse(error), [session])
  const models = useModels(refuse)
  const consent = useConsent()
  const share = useShare(refuse)
  const link = useLink(refuse)
  const { shared } = link
  const hidden = useMemo(() => new Set(link.hide), [link.hide])
  const reproduction = useReproduction(engine, shared, state)
  /** The shared run is what the form shows when it arrives. */
  useEffect(() => {
    if (shared !== null && over) setSettings(settingsOf(shared.config))
  }, [shared])

  /** Starts a run, once its models are here and whom it asks is agreed to. @returns whether it has started */
  const begin = async (wanted: RunConfig, from: SavedRun | null, oneStep: boolean): Promise<boolean> => {
    try {
      if (!(await models.ready(wanted.peers)) || !(await consent.agreed(wanted))) return false
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
  /** Shows the kept runs as they are, once something about them has changed. */
  const changeKept = async (change?: Promise<void>) => {
    try {
      await change
      setSaved(await engine.savedRuns())
    } catch (error) {
      session.refuse(error)
    }
  }
  const forget = (id: string) => {
    const run = saved?.runs.find((one) => one.id === id)
    if (run) setDeleted((runs) => [...runs, run])
    void changeKept(engine.forget(id))
  }
  const restore = async ({ id }: RunSummary) => {
    await changeKept(engine.restore(id))
    setDeleted((runs) => runs.filter((run) => run.id !== id))
  }
  const withKept = async ({ id }: RunSummary, act: (run: SavedRun) => void) => {
    try {
      act(await engine.kept(id))
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

  const imported = async ({ config: own, events }: RunRecord) => {
    session.open(own, events)
    setSettings(settingsOf(own))
    await changeKept()
  }

  const { evals, steps, best, warnings } = state
  const evalSize = Number(state.config?.evalSize ?? settings.values.evalSize) || base.evalSize
  const lastStep = Number(state.config?.steps ?? settings.values.steps) || base.steps
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
    [evals, steps, best, warnings, peers, evalSize, lastStep, config, hidden],
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
      <div class="visually-hidden" role="status" aria-live="polite">
        {state.announcement}
      </div>
      <main data-trimmed={PAGE_PANELS.some((panel) => hidden.has(panel))}>
        <div class="notices">
          {state.problem === null ? null : <ProblemNotice problem={state.problem} />}
          {state.done === null ? null : <DoneNotice done={state.done} backend={config.backend} />}
          {over && saved !== null ? (
            <SavedRunNotices
              latest={latest !== null && elsewhere.has(latest.id) ? null : latest}
              damaged={saved.damaged}
              onResume={(run) => void withKept(run, goOn)}
              onForget={forget}
            />
          ) : null}
          <RunFiles
            engine={engine}
            config={state.config ?? latest?.config ?? null}
            version={saved ?? state.checkpoint}
            over={over}
            onImported={imported}
            onError={refuse}
          />
          {over && saved !== null ? (
            <KeptRuns
              runs={saved.runs}
              deleted={deleted.filter(({ id }) => saved.runs.every((run) => run.id !== id))}
              elsewhere={elsewhere}
              onResume={(run) => void withKept(run, goOn)}
              onRead={(run) => void withKept(run, read)}
              onRename={({ id }, name) => void changeKept(engine.rename(id, name))}
              onPin={({ id, step }, pinned) => void changeKept(engine.pin(id, step, pinned))}
              onForget={({ id }) => forget(id)}
              onRestore={(run) => void restore(run)}
            />
          ) : null}
          <IsolationNotice />
        </div>
        {hidden.has('exchange') ? null : (
          <ExchangePanel
            exchange={state.exchange}
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
      </footer>
      {models.Dialog === null || models.request === null ? null : (
        <models.Dialog
          request={models.request}
          preset={presetOf(base.preset)?.config.peers ?? base.peers}
          places={models.places}
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

/** Without the two isolation headers there is no shared memory, and wasm runs on one thread. */
function IsolationNotice() {
  if (crossOriginIsolated) return null
  return (
    <section class="notice" aria-label="Speed">
      <p>
        This page was served without cross-origin isolation, so wasm has one thread and is slower. The server
        has to send <code>Cross-Origin-Opener-Policy: same-origin</code> and{' '}
        <code>Cross-Origin-Embedder-Policy: require-corp</code>.
      </p>
    </section>
  )
}
