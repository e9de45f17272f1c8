import { useEffect } from 'preact/hooks'
import { type Place, pointAt } from './places'

/** Outlines the part of the page that is meant, and brings it into view; where motion is unwanted, only when asked. */
export function Pointer({ place }: { place: Place | null }) {
  useEffect(() => {
    const found = pointAt(place)
    if (found !== null && !wantsStillness()) bringIntoView(found, 'smooth')
    return () => void pointAt(null)
  }, [place])
  if (place === null) return null
  const look = () => {
    const found = pointAt(place)
    if (found !== null) bringIntoView(found, wantsStillness() ? 'auto' : 'smooth')
  }
  return (
    <button type="button" class="lesson-place" onClick={look}>
      Look at “{place.name}”
    </button>
  )
}

function wantsStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}

/** With the beginning of its panel, where both have room between the run bar and the lesson's sheet: in the exchange that is the question. */
function bringIntoView(part: Element, behavior: ScrollBehavior): void {
  const panel = part.closest('.card') ?? part
  const top = document.querySelector('.run-bar')?.getBoundingClientRect().height ?? 0
  const sheet = document.querySelector('.lesson')?.getBoundingClientRect()
  const bottom = sheet && sheet.left === 0 ? sheet.top : innerHeight
  const height = part.getBoundingClientRect().bottom - panel.getBoundingClientRect().top
  const shown = height <= bottom - top ? panel : part
  shown.scrollIntoView({ behavior })
}
