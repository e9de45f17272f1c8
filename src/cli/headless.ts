import { startRun } from '../../workers/browser'
import type { RunTravel } from '../../workers/run_host'
import { toWire, type WireError } from '../errors'
import type { ModelPlaces } from '../hub/places'
import type { RunEvent } from '../ilr/events'
import type { RunConfig } from '../runs/config'

/** As `startRun` takes them. */
export interface PageWishes {
  readonly places?: ModelPlaces
  readonly travel?: RunTravel
  readonly cores?: number
}

declare global {
  interface Window {
    /** Put here by the command that drives this page. */
    reportEvents(events: readonly RunEvent[]): Promise<void>
    /** Runs to the end; an error comes back as a value, since it has to cross to the command with its type. */
    headlessRun(config: RunConfig, wishes?: PageWishes): Promise<WireError | null>
  }
}

/** Crossing to the command costs about a millisecond: events travel in bundles, and text as it is written stays here. */
const BUNDLE_MILLISECONDS = 100

window.headlessRun = async (config, wishes) => {
  let bundle: RunEvent[] = []
  let sending = Promise.resolve()
  const send = () => {
    if (bundle.length === 0) return
    const events = bundle
    bundle = []
    sending = sending.then(() => window.reportEvents(events))
  }
  const timer = setInterval(send, BUNDLE_MILLISECONDS)
  try {
    for await (const event of startRun(config, wishes)) if (event.type !== 'text') bundle.push(event)
    return null
  } catch (error) {
    return toWire(error)
  } finally {
    clearInterval(timer)
    send()
    await sending
  }
}
