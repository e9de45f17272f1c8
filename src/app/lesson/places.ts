import type { PANELS } from '../../runs/lesson'

/** A part of the page that the lesson points at. */
export interface Place {
  /** Where a link hides it, nothing is pointed at. */
  readonly panel: (typeof PANELS)[number]
  readonly selector: string
  /** What the page calls it. */
  readonly name: string
}

export const EXCHANGE: Place = { panel: 'exchange', selector: '.exchange', name: 'The exchange' }
export const SHARE: Place = {
  panel: 'exchange',
  selector: '.stage-row:has([data-stage="share"])',
  name: 'The exchange, stage 1',
}
export const SKILLS: Place = { panel: 'skills', selector: '.skills', name: 'Skills, alone' }
export const INTERACTION: Place = {
  panel: 'interactions',
  selector: '.interaction',
  name: 'How do they interact?',
}
export const CURVES: Place = { panel: 'curves', selector: '.curves', name: 'Are they learning?' }

const POINTED = 'data-pointed'

/** Outlines a place, and no other one. @returns it, or null where it is not on the page */
export function pointAt(place: Place | null): Element | null {
  const found = place === null ? null : document.querySelector(place.selector)
  for (const pointed of document.querySelectorAll(`[${POINTED}]`))
    if (pointed !== found) pointed.removeAttribute(POINTED)
  found?.setAttribute(POINTED, '')
  return found
}
