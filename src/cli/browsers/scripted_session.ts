/** A browser that a driver's protocol lets us send to pages and evaluate functions in, and a run's page on top of that. */
import { setTimeout as delay } from 'node:timers/promises'
import type { PageEvent } from './headless'
import type { HeadlessPage } from './headless_browser'

/** What WebDriver and WebDriver BiDi have in common, as far as a run needs it. */
export interface ScriptedSession {
  readonly browserVersion: string
  /** Opens a page and waits until it is loaded. */
  open(url: string): Promise<void>
  /** Returns what the body of a function returns in the page, as JSON. Waits for a promise. `args` are its `arguments`. */
  evaluate(body: string, ...args: readonly unknown[]): Promise<unknown>
  /** Ends the browser. */
  end(): Promise<void>
}

/** WebDriver cannot call us, so we ask the page this often what it has to tell. */
const ASKED_EVERY_MILLISECONDS = 200

/** Returns the page of a session for one run. A browser that is gone no longer answers, and the evaluation fails. */
export function pageOf(session: ScriptedSession): HeadlessPage {
  const exposed = new Map<string, (events: readonly PageEvent[]) => void>()
  return {
    async exposeFunction(name, called) {
      exposed.set(name, called)
    },
    async goto(url) {
      await session.open(url)
      await session.evaluate('window.told = []')
      for (const name of exposed.keys())
        await session.evaluate(
          'const [name] = arguments; window[name] = async (events) => void window.told.push([name, events])',
          name,
        )
    },
    async evaluate(work, call) {
      await session.evaluate(
        `window.outcome = null
         const settle = (outcome) => { window.outcome = outcome }
         void (${work})(arguments[0]).then((value) => settle({ value }), (error) => settle({ error: String(error) }))`,
        call,
      )
      for (;;) {
        await delay(ASKED_EVERY_MILLISECONDS)
        const { told, outcome } = (await session.evaluate(
          'const { told, outcome } = window; window.told = []; return { told, outcome }',
        )) as {
          told: readonly (readonly [name: string, events: readonly PageEvent[]])[]
          outcome: { value: Awaited<ReturnType<typeof work>> } | { error: string } | null
        }
        for (const [name, events] of told) exposed.get(name)?.(events)
        if (outcome === null) continue
        if ('error' in outcome) throw new Error(outcome.error)
        return outcome.value
      }
    },
  }
}
