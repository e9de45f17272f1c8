/** Where a run is, in words and as fractions, for the bar at the top. */
import { STAGE_TITLES } from './exchange/exchange_view'
import type { ProgressEvent, RunStatus, ViewState } from './state'

const PHASES: Readonly<Record<ProgressEvent['phase'], string>> = {
  load: 'loading',
  ability: 'measuring ability',
  share: 'sharing ideas',
  analyze: 'analyzing ideas',
  fuse: 'fusing answers',
  update: 'learning',
  eval: 'testing on held-out questions',
}

/** Returns a headline, what is being done in the step, and two fractions in [0, 1]: of the run and of the present work. */
export function progressOf(state: ViewState) {
  const { progress, config } = state
  const steps = config?.steps ?? 0
  const overall = steps === 0 ? 0 : Math.min(1, state.step / steps)
  const part = progress === null || progress.total <= 0 ? 0 : Math.min(1, progress.done / progress.total)
  return { headline: headline(state), detail: detail(state), overall, part }
}

function headline({ status, step, config, pausedAfter, determinism, checkpoint }: ViewState): string {
  if (status === 'paused' && pausedAfter !== null)
    return `Paused in step ${step + 1}, after ${STAGE_TITLES[pausedAfter]}`
  // Where no peer was loaded, the run was read from the store.
  if (status === 'stopped' && determinism === null && checkpoint !== null)
    return `Your run of ${config?.preset} was saved at step ${checkpoint} of ${config?.steps}`
  const of = `${step} of ${config?.steps ?? 0} steps`
  const headlines: Readonly<Record<RunStatus, string>> = {
    idle: 'Ready',
    loading: 'Loading the peers',
    running: `Learning: ${of}`,
    pausing: `Pausing: ${of}`,
    paused: `Paused: ${of}`,
    stopping: 'Stopping',
    stopped: `Stopped: ${of}`,
    done: `Done: ${of}`,
    failed: 'Stopped by an error',
  }
  return headlines[status]
}

function detail(state: ViewState): string {
  const { progress, status } = state
  if (status === 'idle') return 'Press “Let them learn”: it takes a minute or two.'
  if (status === 'loading') {
    const peers = Object.entries(state.loaded)
    return peers.map(([peer, fraction]) => `${peer} ${Math.round(fraction * 100)} %`).join(' · ')
  }
  if (progress === null) return state.checkpoint === null ? '' : `saved at step ${state.checkpoint}`
  const who = progress.peer === null ? '' : `${progress.peer}: `
  return `${who}${PHASES[progress.phase]}, ${progress.done} of ${progress.total}`
}
