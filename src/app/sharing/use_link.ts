import { useEffect, useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../runs/config'
import type { OpenedLink } from '../../runs/share_link'
import type { SharedRun } from '../../runs/shared_run'
import { originsOf } from '../../runs/shared_sources'
import type { SavedRuns } from '../engine'
import { isElsewhere } from '../models/peer_choice'
import { isSharedRun } from './use_reproduction'

type Notice = typeof import('./shared_run_notice').SharedRunNotice

/** A link that was opened. */
export interface PageLink extends OpenedLink {
  /** Whether the page was opened by a link that is not read yet, so that it is not known what it hides, and what it puts in front. */
  readonly reading: boolean
  /** Shows its run; null where it has none. */
  readonly Notice: Notice | null
}

const NOTHING: PageLink = {
  reading: false,
  shared: null,
  hide: [],
  autostart: false,
  page: null,
  Notice: null,
}

/**
 * Reads what the page's address says behind `#`, also when it changes while the page is open. A link that cannot be used says nothing;
 * `onError` learns why. The code that reads links and shows their runs is loaded when there is a link.
 */
export function useLink(onError: (error: unknown) => void): PageLink {
  const [now, setNow] = useState<PageLink>(() => ({ ...NOTHING, reading: location.hash !== '' }))
  useEffect(() => {
    let newest = 0
    const open = async () => {
      const { hash } = location
      const turn = ++newest
      let found: PageLink | null = null
      try {
        if (hash !== '') found = await opened(hash)
      } catch (error) {
        onError(error)
      }
      if (turn === newest) setNow(found ?? NOTHING)
    }
    void open()
    addEventListener('hashchange', open)
    return () => {
      newest++
      removeEventListener('hashchange', open)
    }
  }, [onError])
  return now
}

async function opened(hash: string): Promise<PageLink | null> {
  const { readLink } = await import('../../runs/share_link')
  const link = readLink(hash)
  if (link === null || link.shared === null) return link && { ...NOTHING, ...link }
  const { SharedRunNotice } = await import('./shared_run_notice')
  return { ...NOTHING, ...link, Notice: SharedRunNotice }
}

/**
 * Starts the run of a link that asks for it, once, if nothing has to be downloaded, picked or agreed to and no kept run would be
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
    // A visitor who has started a run meanwhile does not wait for this one.
    if (over && saved === null) return
    considered.current = shared
    if (saved === null || !over) return
    const { config } = shared
    const free = originsOf(config).length === 0 && !config.peers.some(({ source }) => isElsewhere(source))
    if (free && !saved.runs.some((run) => isSharedRun(shared, run.config))) start(config)
  }, [autostart, shared, saved, over, start])
}
