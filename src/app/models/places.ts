/** Where this page looks for models, besides its own: the address of the hub, which is remembered, and the folders picked since it was opened. */
import type { ModelPlaces } from '../../hub/places'

const HUB_KEY = 'colloquy-hub'

/** As left by the last visit. Browsers that keep nothing begin with the usual hub. */
export function rememberedPlaces(): ModelPlaces {
  try {
    return { hub: localStorage.getItem(HUB_KEY) ?? undefined }
  } catch {
    return {}
  }
}

/** Remembers the hub's address; undefined for the usual one. */
export function rememberHub(hub: string | undefined): void {
  try {
    if (hub === undefined) localStorage.removeItem(HUB_KEY)
    else localStorage.setItem(HUB_KEY, hub)
  } catch {
    // Then it holds for this visit.
  }
}
