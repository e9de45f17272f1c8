import { useRef, useState } from 'preact/hooks'
import type { ModelPlaces } from '../../hub/places'
import type { RunConfig } from '../../runs/config'
import { type OnDemandDialog, useDialog } from '../use_on_demand'
import type { ModelDialog, ModelRequest } from './model_dialog'
import { isElsewhere } from './peer_choice'
import { rememberedPlaces, rememberHub } from './places'

export interface Models {
  readonly places: ModelPlaces
  readonly dialog: OnDemandDialog<ModelRequest, typeof ModelDialog>
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
  const checking = useRef(false)

  const load = async () => (await import('./model_dialog')).ModelDialog
  const dialog = useDialog<ModelRequest, typeof ModelDialog>(load, onError)

  return {
    places,
    dialog,
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
          dialog.ask({ peer, peers, missing: true })
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
