import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isSameRun } from '../../config/comparison'
import type { RunConfig } from '../../config/config'
import type { ModelPlaces } from '../../hub/source'
import type { SavedRun } from '../../runs/checkpoints'
import { verdictOf } from '../../runs/reproduction'
import type { OpenedLink } from '../../runs/share_link'
import type { SharedRun } from '../../runs/shared_run'
import { originsOf } from '../../runs/shared_sources'
import type { Engine } from '../engine'
import { isElsewhere } from '../models/peer_choice'
import { type Kept, keptRun } from '../runs/use_kept_runs'
import { isOver, type ViewState } from '../state'

interface PageLink extends OpenedLink {
  /** Whether the link that opened the page is not read yet: it decides what the page hides. */
  readonly reading: boolean
}

const NOTHING: PageLink = { reading: false, shared: null, hide: [], autostart: false, page: null }

/** Reads the link in the page's address, also when it changes. Loads its code on demand. */
export function useLink(onError: (error: unknown) => void): PageLink {
  const [now, setNow] = useState<PageLink>(() => ({ ...NOTHING, reading: location.hash !== '' }))
  useEffect(() => {
    let newest = 0
    const open = async () => {
      const turn = ++newest
      const found = await opened(location.hash).catch(onError)
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
  if (hash === '') return null
  const { readLink } = await import('../../runs/share_link')
  const link = readLink(hash)
  return link && { ...NOTHING, ...link }
}

export function isSharedRun(shared: SharedRun | null, config: RunConfig | null): shared is SharedRun {
  return shared !== null && config !== null && isSameRun(shared.config, config)
}

interface Opening {
  readonly engine: Engine
  readonly link: PageLink
  readonly kept: Kept
  readonly run: Pick<ViewState, 'config' | 'status'>
  readonly show: (run: SavedRun) => void
  readonly start: (config: RunConfig) => void
  /** Whether this tab was ended while it loaded peers: it does not load them again by itself. */
  readonly wasEnded: boolean
}

/**
 * Shows the kept run of a link, or without a link the newest unfinished run, unless another tab runs it. If none is kept,
 * starts the run of a link that asks for that and needs nothing else. A run that the visitor has started stays in view.
 */
export function useOpening({ engine, link, kept, run, show, start, wasEnded }: Opening): void {
  const { saved } = kept
  const { shared, autostart } = link
  const considered = useRef<SharedRun | null | undefined>(undefined)
  const idle = useRef(true)
  idle.current = run.config === null
  useEffect(() => {
    if (saved === null || link.reading || considered.current === shared) return
    considered.current = shared
    const found = shared === null ? saved.runs.find(({ ended }) => !ended) : keptRun(saved, shared.config)
    if (found)
      engine.running([found.id]).then((elsewhere) => {
        if (elsewhere.length === 0 && idle.current) void kept.open(found, (one) => idle.current && show(one))
      })
    else if (shared !== null && autostart && !wasEnded && isOver(run.status) && isFree(shared.config))
      start(shared.config)
  }, [saved, link])
}

/** Whether nothing of a run has to be downloaded, picked or agreed to. */
function isFree(config: RunConfig): boolean {
  return originsOf(config).length === 0 && !config.peers.some(({ source }) => isElsewhere(source))
}

export type Reproduction = ReturnType<typeof useReproduction>

/** Compares the run on this page with the shared one. */
export function useReproduction(
  engine: Engine,
  shared: SharedRun | null,
  { config, steps }: Pick<ViewState, 'config' | 'steps'>,
) {
  const [looked, setLooked] = useState<{ of: SharedRun; changed: readonly string[] } | null>(null)
  const run = isSharedRun(shared, config) ? shared : null
  const judge = () => (run?.result ? verdictOf(run.result, steps, run.drifted) : null)
  const verdict = useMemo(judge, [run, steps])
  return {
    /** Null where there is nothing to compare: no such run, or a link without a result. */
    verdict,
    /** Peers whose model is another one than where it was shared. */
    changed: looked !== null && looked.of === shared ? looked.changed : [],
    /** To be called when the shared run starts. */
    async look(places: ModelPlaces) {
      if (shared === null) return
      const here = await engine.fingerprints(shared.config.peers, places)
      const { changedModels } = await import('../../runs/shared_run')
      setLooked({ of: shared, changed: changedModels(shared, here) })
    },
  }
}
