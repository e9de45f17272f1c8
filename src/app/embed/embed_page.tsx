import { useEffect, useMemo, useState } from 'preact/hooks'
import { ColloquyError } from '../../errors'
import type { RunConfig } from '../../runs/config'
import { AccuracyPanel } from '../charts/accuracy_panel'
import { Button } from '../controls'
import type { Engine } from '../engine'
import { ExchangePanel } from '../exchange/exchange_panel'
import { errorText, problemText } from '../problem_text'
import { progressOf } from '../progress'
import { openRecording, useRecording } from '../recording/use_playback'
import { PrimaryButton, recordedHeadline } from '../run_bar'
import type { Session } from '../session'
import type { ViewState } from '../state'
import { StepView } from '../steps/step_view'
import { usePinnedStep } from '../steps/use_pinned_step'

interface Props {
  readonly session: Session
  /** The run of the address; null where it has none, and the recording plays. */
  readonly wanted: RunConfig | null
  /** Why the run of the address cannot be shown. */
  readonly problem: string | null
}

const PLAYS = { current: false }

/** Steps of a run in memory stay with the page. */
const NOTHING_KEPT: Pick<Engine, 'exchange'> = {
  exchange: (_, step) =>
    Promise.reject(
      new ColloquyError({
        code: 'storage',
        what: `step ${step}`,
        found: 'nothing of it in memory',
        wanted: 'its discussion',
        todo: 'Choose a later step',
      }),
    ),
}

/** A discussion and the accuracy alone of one run, with the way to the full page. */
export function EmbedPage({ session, wanted, problem }: Props) {
  const [state, setState] = useState(session.current)
  const [trouble, setTrouble] = useState(problem)
  useEffect(() => session.subscribe(setState), [session])
  const recorded = useRecording(
    openRecording,
    wanted === null && problem === null && state.config === null,
    PLAYS,
    'read',
  )
  const [view] = useState(() => new StepView())
  const inView = recorded?.view.state ?? state
  const config = inView.config ?? wanted
  const fail = (error: unknown) => setTrouble(errorText(error))
  const pinned = usePinnedStep(view, inView, NOTHING_KEPT, fail)
  const start = config === null ? null : () => void session.start(config, null)
  const shown = state.problem === null ? trouble : problemText(state.problem)
  return (
    <main class="embed">
      <header class="embed-head">
        <h1>Colloquy</h1>
        <p class="run-headline">
          {recorded === null ? progressOf(state).headline : recordedHeadline(recorded)}
        </p>
        <div class="run-buttons">
          <PrimaryButton run={state} session={session} onStart={start} />
          {recorded === null ? null : (
            <Button
              onClick={() => (recorded.view.playing ? recorded.playback.pause() : recorded.playback.play())}
            >
              {recorded.view.playing ? 'Pause' : 'Play'}
            </Button>
          )}
          <a class="button" href={fullPage()} target="_blank" rel="noopener">
            Full page
          </a>
        </div>
      </header>
      <div class="visually-hidden" role="status">
        {state.announcement}
      </div>
      {shown === null ? null : (
        <p class="notice notice-problem" role="alert">
          {shown}
        </p>
      )}
      {config === null ? null : (
        <Panels
          config={config}
          state={inView}
          recorded={recorded !== null}
          pinned={pinned}
          view={view}
          onError={fail}
        />
      )}
    </main>
  )
}

function Panels(props: {
  readonly config: RunConfig
  readonly state: ViewState
  readonly recorded: boolean
  readonly pinned: ReturnType<typeof usePinnedStep>
  readonly view: StepView
  readonly onError: (error: unknown) => void
}) {
  const { config, state, recorded, pinned, view, onError } = props
  const peers = useMemo(() => config.peers.map(({ id }) => id), [config])
  return (
    <div class="embed-panels">
      <ExchangePanel
        exchange={pinned?.exchange ?? state.exchange}
        recorded={recorded}
        pinned={pinned !== null}
        peers={peers}
        config={config}
        onError={onError}
      />
      <AccuracyPanel evals={state.evals} config={config} compared={null} view={view} />
    </div>
  )
}

/** The address of the page with the same run. */
function fullPage(): string {
  const parts = location.hash.slice(1).split('&')
  const run = parts.find((part) => part.startsWith('run='))
  return `./${run === undefined ? '' : `#${run}`}`
}
