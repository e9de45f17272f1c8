import { useRef, useState } from 'preact/hooks'
import type { RunConfig } from '../../config/config'
import type { ModelPlaces } from '../../hub/source'
import { useAnswer } from '../on_demand'
import { isElsewhere, type PeerChoice } from './peer_choice'

export interface ModelRequest {
  readonly peer: number
  readonly peers: readonly PeerChoice[]
  /** Whether a run was to start, and the peer's model is not here. */
  readonly missing: boolean
}

export type Models = ReturnType<typeof useModels>

/** Keeps where the models of a run are, and which one is asked for. */
export function useModels() {
  const [places, setPlaces] = useState(rememberedPlaces)
  const checking = useRef(false)
  const [request, ask] = useState<ModelRequest | null>(null)
  return {
    /** The hub's address, which is remembered, and the folders picked since the page was opened. */
    places,
    /** The model that the dialog asks for; null while it is closed. */
    request,
    ask,
    changePlaces(changed: ModelPlaces) {
      if (changed.hub !== places.hub) rememberHub(changed.hub)
      setPlaces(changed)
    },
    /**
     * Returns whether a run can start: its models are here, fit, and can read each other. Opens the dialog for a missing model.
     * @throws ColloquyError `config` for a bad source or peers that do not go together, `memory` if they do not fit
     */
    async ready(config: RunConfig): Promise<boolean> {
      const { peers } = config
      if (!peers.some(({ source }) => isElsewhere(source))) return true
      // A second press while the first is looked into.
      if (checking.current) return false
      checking.current = true
      try {
        const { firstMissing } = await import('./library')
        const peer = await firstMissing(peers, places)
        if (peer !== null) {
          ask({ peer, peers, missing: true })
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

/** @param occasion asks again when it changes: more may be known by then */
export function useRunEstimate(config: RunConfig | null, places: ModelPlaces, occasion: unknown) {
  const ask = async (wanted: RunConfig) => (await import('./run_estimate')).estimateOf(wanted, places)
  return useAnswer(() => config && ask(config), [config, places, occasion])
}

const HUB_KEY = 'colloquy-hub'

/** Browsers that keep nothing begin with the usual hub. */
function rememberedPlaces(): ModelPlaces {
  try {
    return { hub: localStorage.getItem(HUB_KEY) ?? undefined }
  } catch {
    return {}
  }
}

function rememberHub(hub: string | undefined): void {
  try {
    if (hub === undefined) localStorage.removeItem(HUB_KEY)
    else localStorage.setItem(HUB_KEY, hub)
  } catch {
    // Then it holds for this visit.
  }
}
