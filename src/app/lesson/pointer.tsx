import { useEffect } from 'preact/hooks'
import type { RunPanel } from '../../runs/lesson'
import type { Tab } from '../page'
import { PANELS } from '../panels'
import { wantsStillness } from '../recording/use_playback'

interface Props {
  readonly place: RunPanel | null
  readonly onTab: (tab: Tab) => void
}

const POINTED = 'data-pointed'

/** Outlines the panel that is meant, and brings it into view; where motion is unwanted, only when asked. */
export function Pointer({ place, onTab }: Props) {
  const panel = place === null ? null : document.querySelector(`[data-panel="${place}"]`)
  const look = () => {
    if (place === null) return
    const where = PANELS[place].place
    if (where !== 'side') onTab(where)
    panel?.scrollIntoView({ behavior: wantsStillness() ? 'auto' : 'smooth', block: 'nearest' })
  }
  useEffect(() => {
    panel?.setAttribute(POINTED, '')
    if (!wantsStillness()) look()
    return () => panel?.removeAttribute(POINTED)
  }, [panel])
  if (place === null) return null
  return (
    <button type="button" class="text-button" onClick={look}>
      Look at “{PANELS[place].title}”
    </button>
  )
}
