import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { SavedRun } from '../runs/checkpoints'
import type { RunRecord } from '../runs/file/run_record'
import { CurvesPanel } from './curves_panel'
import type { Engine, SavedRuns } from './engine'
import { ExchangePanel } from './exchange_panel'
import { InteractionPanel } from './interaction_panel'
import { MetricsPanel } from './metrics_panel'
import { useModels } from './models/use_models'
import { DoneNotice, ProblemNotice, SavedRunNotices, WarningList } from './notices'
import { isOver, PRIMARY_BUTTON, RunBar } from './run_bar'
import { RunFiles } from './run_files'
import type { Session } from './session'
import { configOf, settingsOf } from './settings'
import { SettingsForm } from './settings_form'
import { SkillsPanel } from './skills_panel'
import { type WebGpuSupport, webGpuSupport } from './webgpu_support'

const NOTHING_SAVED: SavedRuns = { latest: null, damaged: [] }

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const [state, setState] = useState(session.current)
  const [settings, setSettings] = useState(() => settingsOf(engine.presets[0].config))
  const [support, setSupport] = useState<WebGpuSupport>({ state: 'unknown' })
  const [saved, setSaved] = useState(NOTHING_SAVED)
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
      setSaved(NOTHING_SAVED)
    }
  }, [engine, session, over])

  const preset = engine.presets.find(({ name }) => name === settings.preset) ?? engine.presets[0]
  const config = useMemo(
    () => state.config ?? { ...preset.config, peers: [...settings.peers] },
    [state.config, preset, settings.peers],
  )
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])

  const refuse = useCallback((error: unknown) => session.refuse(error), [session])
  const models = useModels(refuse)
  const start = async (oneStep: boolean) => {
    try {
      const wanted = configOf(settings, preset)
      if (await models.ready(wanted.peers)) session.start(wanted, null, oneStep, models.places)
    } catch (error) {
      session.refuse(error)
    }
  }
  const goOn = async (from: SavedRun) => {
    try {
      setSettings(settingsOf(from.config))
      if (!(await models.ready(from.config.peers))) return
      session.start(from.config, from, false, models.places)
      // The button that was pressed goes away: the keyboard goes on from the one that pauses.
      document.getElementById(PRIMARY_BUTTON)?.focus()
    } catch (error) {
      session.refuse(error)
    }
  }
  const forget = async (id: string) => {
    try {
      await engine.forget(id)
      setSaved(await engine.savedRuns())
    } catch (error) {
      session.refuse(error)
    }
  }

  const imported = async ({ config: own, events }: RunRecord) => {
    session.open(own, events)
    setSettings(settingsOf(own))
    try {
      setSaved(await engine.savedRuns())
    } catch (error) {
      session.refuse(error)
    }
  }

  const { evals, steps, best, warnings } = state
  const evalSize = Number(state.config?.evalSize ?? settings.values.evalSize) || preset.config.evalSize
  const lastStep = Number(state.config?.steps ?? settings.values.steps) || preset.config.steps
  const nextJudge = settings.values.difficultyJudge === 'prompt' ? 'prompt' : 'confidence'
  // Tokens come many times a second, these few times a minute: kept elements are not compared again.
  const results = useMemo(
    () => (
      <>
        <CurvesPanel
          evals={evals}
          steps={steps}
          best={best}
          peers={peers}
          evalSize={evalSize}
          lastStep={lastStep}
          discussing={config.evalMethods.includes('idea3')}
        />
        <InteractionPanel steps={steps} peers={peers} lastStep={lastStep} config={config} />
        <SkillsPanel evals={evals} peers={peers} />
        <WarningList warnings={warnings} />
        <MetricsPanel latest={steps.at(-1)} peers={peers} />
      </>
    ),
    [evals, steps, best, warnings, peers, evalSize, lastStep, config],
  )

  return (
    <>
      <header class="masthead">
        <h1>Colloquy</h1>
        <p>Small language models that discuss questions and learn from each other, here in your browser.</p>
      </header>
      <SettingsForm
        presets={engine.presets}
        settings={settings}
        support={support}
        locked={!over}
        invalid={state.problem?.what ?? null}
        onChange={setSettings}
        onModel={(peer) => models.ask({ peer, peers: settings.peers, missing: false })}
        onPreset={(name) => {
          const chosen = engine.presets.find((p) => p.name === name)
          if (chosen !== undefined) setSettings({ ...settingsOf(chosen.config), backend: settings.backend })
        }}
      />
      <RunBar
        state={state}
        onStart={start}
        onPause={() => session.pause()}
        onResume={() => session.resume()}
        onStep={() => session.step()}
        onStop={() => session.stop()}
      />
      <div class="visually-hidden" role="status" aria-live="polite">
        {state.announcement}
      </div>
      <main>
        <div class="notices">
          {state.problem === null ? null : <ProblemNotice problem={state.problem} />}
          {state.done === null ? null : <DoneNotice done={state.done} backend={config.backend} />}
          {over ? <SavedRunNotices saved={saved} onResume={goOn} onForget={forget} /> : null}
          <RunFiles
            engine={engine}
            config={state.config ?? saved.latest?.config ?? null}
            version={saved === NOTHING_SAVED ? state.checkpoint : saved}
            over={over}
            onImported={imported}
            onError={refuse}
          />
          <IsolationNotice />
        </div>
        <ExchangePanel
          exchange={state.exchange}
          peers={peers}
          config={config}
          judge={over ? nextJudge : config.difficultyJudge}
          task={over ? preset.config.task : config.task}
        />
        {results}
      </main>
      <footer class="foot">
        Everything runs on this device, and nothing you do here leaves it. Models are loaded from this page’s
        own address; from anywhere else only what you have agreed to.
      </footer>
      {models.Dialog === null || models.request === null ? null : (
        <models.Dialog
          request={models.request}
          preset={preset.config.peers}
          places={models.places}
          onPlaces={models.changePlaces}
          onPeers={(peers) => setSettings((now) => ({ ...now, peers }))}
          onClose={models.close}
        />
      )}
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
