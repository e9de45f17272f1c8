/** Where a run is, in words and as fractions, for the bar at the top. */
import { STAGE_TITLES } from './exchange/exchange_view'
import type { ProgressEvent, ViewState } from './state'

export interface RunProgress {
  readonly headline: string
  /** What is being done within the step; empty where nothing is. */
  readonly detail: string
  /** Of the whole run, in [0, 1]. */
  readonly overall: number
  /** Of the present piece of work, in [0, 1]. */
  readonly part: number
}

const PHASES: Readonly<Record<ProgressEvent['phase'], string>> = {
  load: 'loading',
  ability: 'measuring ability',
  share: 'sharing ideas',
  analyze: 'analyzing ideas',
  fuse: 'fusing answers',
  update: 'learning',
  eval: 'testing on held-out questions',
}

export function progressOf(state: ViewState): RunProgress {
  const { progress, config } = state
  const steps = config?.steps ?? 0
  const overall = steps === 0 ? 0 : Math.min(1, state.step / steps)
  const part = progress === null || progress.total <= 0 ? 0 : Math.min(1, progress.done / progress.total)
  return { headline: headline(state), detail: detail(state), overall, part }
}

function headline(state: ViewState): string {
  const of = `${state.step} of ${state.config?.steps ?? 0} steps`
  switch (state.status) {
    case 'idle':
      return 'Ready'
    case 'loading':
      return 'Loading the peers'
    case 'running':
      return `Learning: ${of}`
    case 'pausing':
      return `Pausing: ${of}`
    case 'paused':
      return state.pausedAfter === null
        ? `Paused: ${of}`
        : `Paused in step ${state.step + 1}, after ${STAGE_TITLES[state.pausedAfter]}`
    case 'stopping':
      return 'Stopping'
    case 'stopped':
      // Where no peer was loaded, the run was read from the store.
      return state.repeats === null && state.checkpoint !== null
        ? `Your run of ${state.config?.preset} was saved at step ${state.checkpoint} of ${state.config?.steps}`
        : `Stopped: ${of}`
    case 'done':
      return `Done: ${of}`
    case 'failed':
      return 'Stopped by an error'
  }
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
