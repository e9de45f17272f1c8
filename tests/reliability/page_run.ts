/** A run in the page's own workers, followed from outside. */
import type { Page } from 'playwright'
import type { RunConfig } from '../../src/config/config'
import type { RunEvent } from '../../src/ilr/events'

/** The stored state of a run, as a page finds it. */
export interface KeptRun {
  /** The step it resumes from, or null where nothing is stored. */
  readonly step: number | null
  /** Problems of the stored data; empty where it is intact. */
  readonly damage: readonly string[]
}

declare global {
  interface Window {
    heardFromRun(event: RunEvent): void
    stopRun?: () => Promise<void>
  }
}

/** Opens an empty page of the site and checks all stored data. */
export async function keptRun(page: Page, config: RunConfig): Promise<KeptRun> {
  return page.evaluate(async (wanted) => {
    // Uses the page's module loader, not this test's.
    const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
    const { Checkpoints }: typeof import('../../src/runs/checkpoints') =
      await load('/src/runs/checkpoints.ts')
    const { runId }: typeof import('../../src/runs/checkpoint_entry') = await load(
      '/src/runs/checkpoint_entry.ts',
    )
    const store = await Checkpoints.open()
    try {
      const { runs, damaged } = await store.list()
      const damage = damaged.map(({ error }) => error.message)
      const id = await runId(wanted)
      const run = runs.find((one) => one.id === id)
      if (!run) return { step: null, damage }
      for (const { step } of run.checkpoints)
        await store.load(id, step).catch((error: Error) => damage.push(error.message))
      return { step: run.step, damage }
    } finally {
      store.close()
    }
  }, config)
}

/** Deletes all stored data. */
export async function forgetRuns(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
    const { Checkpoints }: typeof import('../../src/runs/checkpoints') =
      await load('/src/runs/checkpoints.ts')
    const store = await Checkpoints.open()
    for (const { id } of (await store.list()).runs) await store.delete(id)
    await store.purge()
    store.close()
  })
}

/**
 * Starts or resumes the run, and calls `hear` with its events until it ends.
 * @returns the digest; null where it was stopped
 * @throws the error that ended the run, or an error where the page is gone
 */
export async function runInPage(
  page: Page,
  config: RunConfig,
  resume: boolean,
  hear: (event: RunEvent) => void,
): Promise<string | null> {
  await page.exposeFunction('heardFromRun', hear)
  return page.evaluate(
    async ([wanted, again]) => {
      const load = new Function('path', 'return import(path)') as (path: string) => Promise<never>
      const { startRun }: typeof import('../../workers/browser') = await load('/workers/browser.ts')
      const run = startRun(wanted, { resume: again })
      window.stopRun = () => run.stop()
      let digest: string | null = null
      for await (const event of run) {
        if (event.type === 'done') digest = event.digest
        if (event.type !== 'text') window.heardFromRun(event)
      }
      return digest
    },
    [config, resume] as const,
  )
}

/** Terminates the worker of the run, and with it those of its peers, whatever they are doing. */
export async function endWorker(page: Page): Promise<void> {
  await page.evaluate(() => window.stopRun?.())
}
