import { useEffect, useRef } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { OpenedLink } from '../../runs/share_link'
import type { SharedRun } from '../../runs/shared_run'
import { originsOf } from '../../runs/shared_sources'
import type { SavedRuns } from '../engine'
import { isElsewhere } from '../models/peer_choice'
import { isSharedRun } from './use_reproduction'

/**
 * Starts the run of a link that asks for it, once, where nothing has to be downloaded, picked or agreed to, and no kept run would be
 * replaced. Otherwise the visitor starts it.
 * @param saved null until it is known
 */
export function useAutostart(
  { autostart, shared }: OpenedLink,
  saved: SavedRuns | null,
  over: boolean,
  start: (config: RunConfig) => void,
): void {
  const considered = useRef<SharedRun | null>(null)
  useEffect(() => {
    if (!autostart || shared === null || considered.current === shared) return
    // Who has started a run meanwhile does not wait for this one.
    if (over && saved === null) return
    considered.current = shared
    if (saved === null || !over) return
    const { config } = shared
    const free = originsOf(config).length === 0 && !config.peers.some(({ source }) => isElsewhere(source))
    if (free && !saved.runs.some((run) => isSharedRun(shared, run.config))) start(config)
  }, [autostart, shared, saved, over, start])
}
