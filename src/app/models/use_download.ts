import { useEffect, useRef, useState } from 'preact/hooks'
import {
  confirm,
  type DownloadPlan,
  type DownloadProgress,
  downloadModel,
  hostOf,
  knownPlan,
  planDownload,
  planListed,
  remoteSource,
} from '../../hub'
import type { ModelPlaces } from '../../hub/places'
import type { Dtype } from '../../model/dtypes'
import { errorText } from '../problem_text'
import { openLibrary } from './library'
import type { PeerChoice } from './peer_choice'

type RemoteSource = NonNullable<ReturnType<typeof remoteSource>>

/** How far a model from elsewhere is. */
export type Phase =
  /** One is chosen from the start, and what is here of it is being looked at. */
  | { readonly kind: 'opening' }
  /** None is chosen. */
  | { readonly kind: 'choose' }
  /** Nothing is known of it: its host has to be asked, which takes a press. */
  | { readonly kind: 'ask'; readonly source: RemoteSource; readonly name: string; readonly host: string }
  | { readonly kind: 'looking'; readonly source: RemoteSource; readonly name: string; readonly host: string }
  /** What is to be downloaded, if anything. */
  | { readonly kind: 'plan'; readonly source: RemoteSource; readonly plan: DownloadPlan }
  | {
      readonly kind: 'downloading'
      readonly source: RemoteSource
      readonly plan: DownloadPlan
      readonly progress: DownloadProgress | null
    }

export interface Download {
  readonly phase: Phase
  /** What went wrong last. */
  readonly error: string | null
  /** Chooses a source, and looks what of it is here. Reaches nobody. */
  consider(source: string): Promise<void>
  /** Chooses a source and, where nothing is known of it, asks its host. To be called by a press that names the host. */
  lookUp(source: string): Promise<void>
  /** Plans for another of the model's files. Reaches nobody. */
  chooseDtype(dtype: Dtype): Promise<void>
  /** Downloads what the plan lacks. To be called by a press that names the size. */
  download(): Promise<void>
  /** Ends what is under way; what has come is kept. */
  cancel(): void
  back(): void
  fail(error: unknown): void
}

/**
 * A model's way here: plan, yes, download.
 * @param chosen a model to begin with, or null
 */
export function useDownload(
  places: { readonly current: ModelPlaces },
  chosen: Pick<PeerChoice, 'source' | 'dtype'> | null,
): Download {
  const [phase, setPhase] = useState<Phase>({ kind: chosen === null ? 'choose' : 'opening' })
  const [error, setError] = useState<string | null>(null)
  const controller = useRef(new AbortController())
  // With the dialog goes what it was doing.
  useEffect(() => {
    if (chosen !== null) void choose(chosen.source, false, chosen.dtype)
    return () => controller.current.abort()
  }, [])

  const begin = () => {
    controller.current.abort()
    controller.current = new AbortController()
    setError(null)
    return controller.current.signal
  }
  /** A run that wants a file of its own wants that one; otherwise any will do. */
  const wanted = (text: string): Dtype | 'any' => (chosen?.source === text && chosen.dtype) || 'any'
  const parsed = (text: string) => {
    const source = remoteSource(text)
    if (source === null) throw new TypeError(`${text} is not downloaded`)
    return source
  }

  const choose = async (text: string, asking: boolean, dtype: Dtype | 'any' = wanted(text)) => {
    const signal = begin()
    try {
      const source = parsed(text)
      const library = await openLibrary(places.current)
      const known = await knownPlan(source, library, { dtype, signal })
      if (signal.aborted) return
      if (known !== null) {
        setPhase({ kind: 'plan', source, plan: known })
        return
      }
      const host = hostOf(source, library.hub)
      const about = { source, name: text, host }
      setPhase({ kind: asking ? 'looking' : 'ask', ...about })
      if (!asking) return
      const plan = await planDownload(source, library, host, { dtype, signal })
      if (!signal.aborted) setPhase({ kind: 'plan', source, plan })
    } catch (problem) {
      if (signal.aborted) return
      setError(errorText(problem))
      setPhase((now) =>
        now.kind === 'looking' ? { ...now, kind: 'ask' } : now.kind === 'opening' ? { kind: 'choose' } : now,
      )
    }
  }

  return {
    phase,
    error,
    consider: (text) => choose(text, false),
    lookUp: (text) => choose(text, true),
    async chooseDtype(dtype) {
      if (phase.kind !== 'plan') return
      const { source, plan } = phase
      const signal = begin()
      try {
        const replanned = await planListed(source, plan.listing, await openLibrary(places.current), {
          dtype,
          signal,
        })
        if (!signal.aborted) setPhase({ kind: 'plan', source, plan: replanned })
      } catch (problem) {
        if (!signal.aborted) setError(errorText(problem))
      }
    },
    async download() {
      if (phase.kind !== 'plan') return
      const { source, plan } = phase
      const signal = begin()
      try {
        const library = await openLibrary(places.current)
        const agreed = confirm(plan, plan.bytes)
        setPhase({ kind: 'downloading', source, plan, progress: null })
        await downloadModel(
          agreed,
          library,
          (progress) => {
            if (!signal.aborted) setPhase({ kind: 'downloading', source, plan, progress })
          },
          signal,
        )
      } catch (problem) {
        if (!signal.aborted) setError(errorText(problem))
      }
      // How far it has come: also after a failure, since what came is kept.
      const now = await openLibrary(places.current)
        .then((library) => knownPlan(source, library, { dtype: plan.dtype }))
        .catch(() => null)
      if (controller.current.signal === signal) setPhase({ kind: 'plan', source, plan: now ?? plan })
    },
    cancel() {
      controller.current.abort()
      setPhase((now) => (now.kind === 'looking' ? { ...now, kind: 'ask' } : now))
    },
    back() {
      begin()
      setPhase({ kind: 'choose' })
    },
    fail(problem) {
      setError(errorText(problem))
    },
  }
}
