/**
 * Kills a run at random moments, `count` times, and resumes it each time: it must end like an undisturbed
 * run.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { createServer } from 'vite'
import type { RunConfig } from '../../src/config/config'
import { presetConfig } from '../../src/config/presets'
import type { RunEvent } from '../../src/ilr/events'
import { Stream, seedKey } from '../../src/random'
import { BrowserProcess } from './browser_process'
import { endWorker, forgetRuns, keptRun, runInPage } from './page_run'

/** Targets of a kill: the worker of the run, the page, or every process of the browser. */
export const KINDS = ['worker', 'page', 'browser'] as const
export type Kind = (typeof KINDS)[number]

/**
 * Moments of a kill. `by the clock`: at any time. `as a checkpoint is written`: a few milliseconds after a
 * step ends.
 */
export const MOMENTS = ['by the clock', 'as a checkpoint is written'] as const
export type Moment = (typeof MOMENTS)[number]

export interface Kill {
  readonly kind: Kind
  readonly moment: Moment
  /** Milliseconds since the page was opened, or since the step. */
  readonly after: number
  /** The run's last event; `start` before the first. */
  readonly doing: string
  /** Finished steps of the run, and the step of the checkpoint found afterwards (0 for none). */
  readonly finished: number
  readonly kept: number
}

export interface KillReport {
  readonly seed: number
  readonly kills: readonly Kill[]
  /** Digest of the undisturbed run. */
  readonly digest: string
  /** Digests of the runs that were killed and still completed. */
  readonly digests: readonly string[]
  /** Damage that was found in stored data. */
  readonly damage: readonly string[]
}

/** Real peers, the real engine and all three stages, as small as a run can be. */
export const KILLED_RUN: RunConfig = presetConfig('duet', {
  seed: 11,
  steps: 6,
  questionsPerStep: 1,
  numGenerations: 2,
  abilityQuestions: 2,
  evalSize: 2,
  evalEvery: 3,
  refreshAbilityEvery: 3,
  checkpointEvery: 1,
})

/** Milliseconds within which a checkpoint is written. */
const WRITING = 60

/**
 * Kills a run again and again.
 * @param count minimum number of kills; the last run completes
 * @param seed decides kinds and moments
 */
export async function killAndResume(
  count: number,
  seed: number,
  say: (text: string) => void = () => {},
): Promise<KillReport> {
  const server = await createServer({ logLevel: 'error', server: { port: 0 } })
  await server.listen()
  const url = `${server.resolvedUrls?.local[0] ?? ''}headless.html`
  const profile = mkdtempSync(join(tmpdir(), 'colloquy-kills-'))
  let process = await BrowserProcess.start(profile)
  const open = async (): Promise<Page> => {
    const page = await process.browser.contexts()[0].newPage()
    await page.goto(url)
    return page
  }
  try {
    const straight = await open()
    const digest = await runInPage(straight, KILLED_RUN, false, () => {})
    if (digest === null) throw new Error('the run that nothing happens to did not end')
    // Runs it again with everything compiled and cached, to measure how long a run takes.
    await straight.close()
    const again = await open()
    const begun = Date.now()
    if ((await runInPage(again, KILLED_RUN, false, () => {})) !== digest)
      throw new Error('the same run twice has two digests')
    const life = Date.now() - begun
    await forgetRuns(again)
    await again.close()
    say(`a run takes ${life} ms; its digest is ${digest}`)

    const stream = new Stream(seedKey(seed))
    const kills: Kill[] = []
    const digests: string[] = []
    const damage: string[] = []
    let resume = false
    // If the last kill left nothing to resume, a run must still complete.
    while (kills.length < count || resume || digests.length === 0) {
      const page = await open()
      const kind = KINDS[stream.int(0, KINDS.length - 1)]
      const moment = MOMENTS[stream.int(0, MOMENTS.length - 1)]
      const after = Math.round(stream.uniform() * (moment === 'by the clock' ? life : WRITING))
      let last: RunEvent | null = null
      let finished = 0
      let stepped = () => {}
      const step = new Promise<void>((resolve) => {
        stepped = resolve
      })
      const running = runInPage(page, KILLED_RUN, resume, (event) => {
        last = event
        if (event.type === 'run') finished = event.resumedFrom ?? 0
        if (event.type !== 'step') return
        finished = event.step
        stepped()
      }).catch((error: unknown) => ({ error }))
      const spared = kills.length >= count
      const due = moment === 'by the clock' ? pause(after) : step.then(() => pause(after))
      const outcome = spared ? await running : await Promise.race([running, due])
      if (typeof outcome === 'string') {
        digests.push(outcome)
        say(`run ${digests.length} ended ${outcome === digest ? 'as it should' : `as ${outcome}`}`)
        resume = false
        await forgetRuns(page)
        await page.close()
        continue
      }
      if (outcome) throw outcome.error
      if (kind === 'worker') await endWorker(page)
      if (kind === 'browser') {
        await process.kill()
        process = await BrowserProcess.start(profile)
      } else await page.close()
      const look = await open()
      const found = await keptRun(look, KILLED_RUN)
      await look.close()
      damage.push(...found.damage)
      const kept: number = found.step ?? 0
      kills.push({ kind, moment, after, doing: doingOf(last), finished, kept })
      say(`kill ${kills.length}: ${kind}, ${moment}, ${after} ms; step ${finished}, goes on from ${kept}`)
      resume = kept > 0
    }
    return { seed, kills, digest, digests, damage }
  } finally {
    await process.kill()
    await server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

function doingOf(event: RunEvent | null): string {
  if (event === null) return 'start'
  return event.type === 'progress' ? event.phase : event.type
}
