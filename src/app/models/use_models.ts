import { useRef, useState } from 'preact/hooks'
import type { ModelPlaces } from '../../hub/places'
import type { RunConfig } from '../../runs/config'
import { useOnDemand } from '../use_on_demand'
import { isElsewhere, type PeerChoice } from './peer_choice'
import { rememberedPlaces, rememberHub } from './places'

type Dialog = typeof import('./model_dialog').ModelDialog

/** What the dialog is open for. */
export interface ModelRequest {
  readonly peer: number
  readonly peers: readonly PeerChoice[]
  /** A run was to start, and the peer's model is not here. */
  readonly missing: boolean
}

export interface Models {
  readonly places: ModelPlaces
  readonly request: ModelRequest | null
  /** The dialog where one is asked for and its code has come. */
  readonly Dialog: Dialog | null
  ask(request: ModelRequest): void
  close(): void
  changePlaces(places: ModelPlaces): void
  /**
   * Whether a run can start: its models are here, fit, and can read each other. Where one is not here, the dialog opens for it. Reaches
   * nobody.
   * @throws ColloquyError `config` for a source that is none or peers that do not go together, `memory` where they do not fit
   */
  ready(config: RunConfig): Promise<boolean>
}

/** The models of a run, and the dialog that brings others. What that takes is loaded when it is asked for. */
export function useModels(onError: (error: unknown) => void): Models {
  const [places, setPlaces] = useState(rememberedPlaces)
  const [request, setRequest] = useState<ModelRequest | null>(null)
  const checking = useRef(false)

  const code = useOnDemand(
    request !== null,
    () => import('./model_dialog'),
    (error) => {
      setRequest(null)
      onError(error)
    },
  )

  return {
    places,
    request,
    Dialog: code?.ModelDialog ?? null,
    ask: setRequest,
    close: () => setRequest(null),
    changePlaces(changed) {
      if (changed.hub !== places.hub) rememberHub(changed.hub)
      setPlaces(changed)
    },
    async ready(config) {
      const { peers } = config
      if (!peers.some(({ source }) => isElsewhere(source))) return true
      // A second press while the first is looked into.
      if (checking.current) return false
      checking.current = true
      try {
        const { firstMissing } = await import('./library')
        const peer = await firstMissing(peers, places)
        if (peer !== null) {
          setRequest({ peer, peers, missing: true })
          return false
        }
        const { requireGoodRun } = await import('./run_estimate')
        await requireGoodRun(config, places)
        return true
      } finally {
        checking.current = false
      }
    },
  }
}
