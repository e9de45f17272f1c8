/**
 * Kills a run at random moments, as often as wanted, and goes on with it each time: it has to end as if
 * nothing had happened.
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

/** What is killed: the worker of the run, the page, or every process of the browser. */
export const KINDS = ['worker', 'page', 'browser'] as const
export type Kind = (typeof KINDS)[number]

/**
 * By the clock: at any time. As a checkpoint is written: a few milliseconds after a step is said to be over.
 */
export const MOMENTS = ['by the clock', 'as a checkpoint is written'] as const
export type Moment = (typeof MOMENTS)[number]

export interface Kill {
  readonly kind: Kind
  readonly moment: Moment
  /** Milliseconds since the page was opened, or since the step. */
  readonly after: number
  /** What the run was doing, as its last event says; `start` before the first. */
  readonly doing: string
  /**
   * Steps that the run had finished, and the step of the checkpoint that was found afterwards (0 where there
   * was none).
   */
  readonly finished: number
  readonly kept: number
}

export interface KillReport {
  readonly seed: number
  readonly kills: readonly Kill[]
  /** Of the run that nothing happened to. */
  readonly digest: string
  /** Of each run that was killed and came to its end all the same. */
  readonly digests: readonly string[]
  /** Whatever was found half-written. */
  readonly damage: readonly string[]
}

/** Real peers, the real engine and all three stages, as little of them as a run can have. */
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
 * @param count kills at least: the last run is let run to its end
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
    // The same again, with everything compiled and cached: that is how long a run takes.
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
    // Where the last kill left nothing to go on from, a run has to come to its end all the same.
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
