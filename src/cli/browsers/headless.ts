import type { RunTransfer } from '../../../workers/run_host'
import { fromBase64, toBase64 } from '../../../workers/wire'
import type { RunConfig } from '../../config/config'
import { toWire, type WireError } from '../../errors'
import type { ModelPlaces } from '../../hub/source'
import type { RunEvent } from '../../ilr/events'
import { startRun } from '../../index'
import '../../../workers/browser/own_scripts'

/** As `startRun` takes them, but that bytes are in base64: what drives a Firefox passes on no arrays of bytes. */
export interface PageRunOptions {
  readonly places?: ModelPlaces
  readonly transfer?: Omit<RunTransfer, 'from'> & { readonly from?: string }
  readonly cores?: number
}

type RunFileEvent = Extract<RunEvent, { type: 'run-file' }>

/** An event, likewise. */
export type PageEvent = Exclude<RunEvent, RunFileEvent> | (Omit<RunFileEvent, 'bytes'> & { bytes: string })

declare global {
  interface Window {
    /** Put here by the command that drives this page. */
    reportEvents(events: readonly PageEvent[]): Promise<void>
    /** Runs to the end; an error comes back as a value, since it has to cross to the command with its type. */
    headlessRun(config: RunConfig, options?: PageRunOptions): Promise<WireError | null>
  }
}

/** Crossing to the command costs about a millisecond: events travel in bundles, and text as it is written stays here. */
const BUNDLE_MILLISECONDS = 100

window.headlessRun = async (config, { transfer = {}, ...options } = {}) => {
  let bundle: PageEvent[] = []
  let sending = Promise.resolve()
  const send = () => {
    if (bundle.length === 0) return
    const events = bundle
    bundle = []
    sending = sending.then(() => window.reportEvents(events))
  }
  const timer = setInterval(send, BUNDLE_MILLISECONDS)
  const from = transfer.from === undefined ? undefined : fromBase64(transfer.from)
  try {
    for await (const event of startRun(config, { ...options, transfer: { ...transfer, from } }))
      if (event.type === 'run-file') bundle.push({ ...event, bytes: toBase64(event.bytes) })
      else if (event.type !== 'text') bundle.push(event)
    return null
  } catch (error) {
    return toWire(error)
  } finally {
    clearInterval(timer)
    send()
    await sending
  }
}
