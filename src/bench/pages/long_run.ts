/** A run in the page that goes on to a step and pauses there, so that what it holds can be looked at. */
import '../../../workers/browser/own_scripts'
import type { RunConfig } from '../../config/config'
import { toWire, type WireError } from '../../errors'
import type { Run } from '../../ilr/run'
import { startRun } from '../../index'

declare global {
  interface Window {
    startLongRun(config: RunConfig): void
    /** Goes on until that step is done and the run is at rest; an error comes back as a value. */
    runUntil(step: number): Promise<WireError | null>
    /** Bytes of all JavaScript heaps of the page and its workers, their wasm memories included, garbage collected. */
    heapBytes(): Promise<number>
  }
  interface Performance {
    /** https://wicg.github.io/performance-measure-memory, which is in Chromium. */
    measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>
  }
}

let run: Run | undefined
let wanted = 0
let settle: (outcome: WireError | null) => void = () => undefined

window.startLongRun = (config) => {
  const started = startRun(config)
  run = started
  void follow(started)
}

async function follow(started: Run): Promise<void> {
  try {
    for await (const event of started) {
      if (event.type === 'step' && event.step === wanted) started.pause()
      if (event.type === 'paused') settle(null)
    }
    settle(null)
  } catch (error) {
    settle(toWire(error))
  }
}

window.runUntil = (step) =>
  new Promise((resolve) => {
    wanted = step
    settle = resolve
    run?.resume()
  })

window.heapBytes = async () => {
  const measured = await performance.measureUserAgentSpecificMemory?.()
  if (!measured) throw new Error('this browser does not measure memory')
  return measured.bytes
}
