import { useEffect, useRef, useState } from 'preact/hooks'
import {
  confirm,
  type DownloadPlan,
  type DownloadProgress,
  downloadModel,
  type HubContext,
  hostOf,
  knownPlan,
  type PickedFolder,
  planDownload,
  planListed,
  remoteSource,
} from '../../hub'
import { listedOutline } from '../../hub/outline'
import type { ModelPlaces } from '../../hub/source'
import type { Dtype } from '../../model/import/folder_files'
import type { Page } from '../page'
import { errorText } from '../problem_text'
import { openLibrary, withFolder, withModel } from './library'
import { type ModelChoice, modelChoice, offeredPeers } from './peer_choice'
import type { PlannedRun } from './peer_models'
import { estimateOf } from './run_estimate'
import type { ModelRequest } from './use_models'

export type Phase =
  | { readonly kind: 'choose' }
  /** Nothing is known of it: its host has to be asked, which takes a press. `busy` while it is asked. */
  | { readonly kind: 'ask'; readonly source: string; readonly host: string; readonly busy: boolean }
  /** What is to be downloaded, if anything. `busy` while it comes. */
  | {
      readonly kind: 'plan'
      readonly plan: DownloadPlan
      readonly busy: boolean
      readonly progress: DownloadProgress | null
    }

/** A peer's model while it is chosen: what there is, and its way here, which is plan, yes, download. */
export type Choice = ReturnType<typeof useChoice>

/** @param onChosen closes the dialog */
export function useChoice(page: Page, { peer, peers, missing }: ModelRequest, onChosen: () => void) {
  const { models } = page
  const { id, source: current, dtype: currentDtype } = peers[peer]
  const offered = offeredPeers(page.engine.presets, page.settings.base.preset)
  const isWanted = missing && !current.startsWith('folder:')
  const [phase, setPhase] = useState<Phase | null>(isWanted ? null : { kind: 'choose' })
  const [error, setError] = useState<string | null>(null)
  const controller = useRef(new AbortController())
  // What a field has changed holds for the look-up that it begins.
  const places = useRef(models.places)
  const changePlaces = (changed: ModelPlaces) => {
    places.current = changed
    models.changePlaces(changed)
  }
  // With the dialog goes what it was doing.
  useEffect(() => {
    if (isWanted) void choose(current, false)
    return () => controller.current.abort()
  }, [])

  const fail = (problem: unknown) => setError(errorText(problem))
  /** Aborts what is under way and goes to the phase of `work`; if that fails, back. */
  const go = async (work: (signal: AbortSignal, library: HubContext) => Promise<Phase>) => {
    controller.current.abort()
    controller.current = new AbortController()
    const { signal } = controller.current
    setError(null)
    try {
      const next = await work(signal, await openLibrary(places.current))
      if (controller.current.signal === signal) setPhase(next)
    } catch (problem) {
      if (signal.aborted) return
      fail(problem)
      setPhase(unasked)
    }
  }

  const choose = (source: string, asking: boolean) =>
    go(async (signal, library) => {
      const remote = parsed(source)
      // A run that wants a file of its own wants that one; otherwise any will do.
      const dtype: Dtype | 'any' = (isWanted && source === current && currentDtype) || 'any'
      const known = await knownPlan(remote, library, { dtype, signal })
      if (known !== null) return planned(known)
      const host = hostOf(remote, library.hub)
      if (!asking) return { kind: 'ask', source, host, busy: false }
      if (!signal.aborted) setPhase({ kind: 'ask', source, host, busy: true })
      return planned(await planDownload(remote, library, host, { dtype, signal }))
    })

  /** Ends what is under way; what has come is kept. */
  const end = (next: (now: Phase | null) => Phase) => {
    controller.current.abort()
    setError(null)
    setPhase(next)
  }
  const withModels = (model: ModelChoice, forAll: boolean) => {
    const whose = forAll ? peers.map((_, index) => index) : [peer]
    return whose.reduce((now, index) => withModel(now, index, model, offered), peers)
  }
  const use = (model: ModelChoice, forAll = false) => {
    page.choosePeers(withModels(model, forAll))
    onChosen()
  }
  return {
    id,
    count: peers.length,
    current,
    offered,
    places: models.places,
    setHub: (hub: string | undefined) => changePlaces({ ...models.places, hub }),
    /** Gives the peer, or all of them, a model that is here. */
    use,
    async takeFolder(picking: Promise<PickedFolder | null>) {
      try {
        const folder = await picking
        if (folder === null) return
        const found = withFolder(places.current, folder)
        changePlaces(found.places)
        use(found.model)
      } catch (problem) {
        fail(problem)
      }
    },
    /** Estimates the run with the planned model; null if the other settings make no run. */
    async estimate({ source, dtype, listing }: DownloadPlan): Promise<PlannedRun | null> {
      const config = page.runWith(withModels(modelChoice(source, dtype), false))
      if (config === null) return null
      const { hub, store } = await openLibrary(places.current)
      const outline = await listedOutline(parsed(source), listing, store, hub)
      const more = outline === null ? {} : { [config.peers[peer].id]: outline }
      return { ...config, estimate: await estimateOf(config, places.current, more) }
    },
    /** Null while the page looks for what is here of the model that it begins with. */
    phase,
    error,
    /** Chooses a source and looks for it on this computer. Asks no server. */
    consider: (source: string) => choose(source, false),
    /** Chooses a source and, if nothing is known of it, asks its host. Only a press that names the host may call it. */
    lookUp: (source: string) => choose(source, true),
    /** Plans for another of the model's files. Asks no server. */
    async chooseDtype(dtype: Dtype) {
      if (phase?.kind !== 'plan') return
      const { source, listing } = phase.plan
      await go(async (signal, library) =>
        planned(await planListed(parsed(source), listing, library, { dtype, signal })),
      )
    },
    /** Downloads what the plan lacks. Only a press that names the size may call it. */
    async download() {
      if (phase?.kind !== 'plan') return
      const { plan } = phase
      await go(async (signal, library) => {
        const show = (progress: DownloadProgress | null) => {
          if (!signal.aborted) setPhase({ kind: 'plan', plan, busy: true, progress })
        }
        try {
          const agreed = confirm(plan, plan.bytes)
          show(null)
          await downloadModel(agreed, library, show, signal)
        } catch (problem) {
          if (!signal.aborted) fail(problem)
        }
        // How far it has come: also after a failure, since what came is kept.
        const now = await knownPlan(parsed(plan.source), library, { dtype: plan.dtype }).catch(() => null)
        return planned(now ?? plan)
      })
    },
    cancel: () => end(unasked),
    back: () => end(() => ({ kind: 'choose' })),
    fail,
  }
}

function parsed(text: string) {
  const source = remoteSource(text)
  if (source === null) throw new TypeError(`${text} is not downloaded`)
  return source
}

function planned(plan: DownloadPlan): Phase {
  return { kind: 'plan', plan, busy: false, progress: null }
}

/** Returns the phase after a failed or cancelled look-up. */
function unasked(now: Phase | null): Phase {
  if (now === null) return { kind: 'choose' }
  return now.kind === 'ask' ? { ...now, busy: false } : now
}
