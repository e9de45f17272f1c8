import { useMemo, useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import { AccuracyPanel } from '../charts/accuracy_panel'
import { Button } from '../controls'
import type { Engine } from '../engine'
import { ExchangePanel } from '../exchange/exchange_panel'
import { useObserved } from '../observed'
import { errorText, problemText } from '../problem_text'
import { progressOf } from '../progress'
import { openRecording, useRecording } from '../recording/use_playback'
import { PrimaryButton, recordedHeadline } from '../run_bar'
import type { Session } from '../session'
import { StepView, usePinnedStep } from '../steps/step_view'

interface Props {
  readonly session: Session
  /** The run of the address; null where it has none, and the recording plays. */
  readonly wanted: RunConfig | null
  readonly problem: string | null
}

/** A run in a frame is in memory alone. */
const NOTHING_KEPT: Pick<Engine, 'exchange'> = {
  exchange: (_, step) =>
    Promise.reject(new Error(`Step ${step} is no longer in memory. Choose a later step.`)),
}

export function EmbedPage({ session, wanted, problem }: Props) {
  const state = useObserved(session)
  const [trouble, setTrouble] = useState(problem)
  const plays = wanted === null && problem === null && state.config === null
  const recorded = useRecording(openRecording, plays, 'read')
  const [view] = useState(() => new StepView())
  const inView = recorded?.view.state ?? state
  const config = inView.config ?? wanted
  const peers = useMemo(() => config?.peers.map(({ id }) => id) ?? [], [config])
  const fail = (error: unknown) => setTrouble(errorText(error))
  const pinned = usePinnedStep(view, inView, NOTHING_KEPT, fail)
  const start = config === null ? null : () => void session.start(config, null)
  const shown = state.problem === null ? trouble : problemText(state.problem)
  return (
    <main class="embed">
      <header class="row embed-head">
        <h1>Colloquy</h1>
        <p class="run-headline">
          {recorded === null ? progressOf(state).headline : recordedHeadline(recorded)}
        </p>
        <div class="row run-buttons">
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
        <div class="embed-panels">
          <ExchangePanel
            exchange={pinned?.exchange ?? inView.exchange}
            recorded={recorded !== null}
            pinned={pinned !== null}
            peers={peers}
            config={config}
            onError={fail}
          />
          <AccuracyPanel evals={inView.evals} config={config} compared={null} view={view} />
        </div>
      )}
    </main>
  )
}

function fullPage(): string {
  const parts = location.hash.slice(1).split('&')
  const run = parts.find((part) => part.startsWith('run='))
  return `./${run === undefined ? '' : `#${run}`}`
}
