/**
 * Waits for a state of the page. A wait fails some seconds after the page stopped changing, and says what the
 * page did.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { errors, type Locator, type Page } from 'playwright'

/** Milliseconds without any change of the page after which a wait fails. */
const QUIET = 30_000
/** Milliseconds between two looks at whether the page changes. */
const LOOK = 1000

/** A page's history since the first wait on it. */
interface Course {
  /** Milliseconds since anything in the page changed. */
  readonly quiet: number
  /** The headlines of the run, in order. */
  readonly headlines: readonly string[]
  readonly detail: string
  readonly alerts: readonly string[]
}

type State = 'visible' | 'attached' | 'detached' | 'hidden'

/**
 * Waits until `locator` matches, as long as the page keeps changing. Use it only for states that last,
 * because the page continues meanwhile.
 * @throws Error that distinguishes a hanging run from one that passed the state
 */
export async function appears(locator: Locator, state: State = 'visible', quiet = QUIET): Promise<void> {
  const page = locator.page()
  for (;;) {
    const course = await Promise.race([courseOf(page), delay(quiet, null, { ref: false })])
    try {
      await locator.waitFor({ state, timeout: LOOK })
      return
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error
    }
    if (course === null || course.quiet > quiet) throw new Error(missed(locator, state, quiet, course))
  }
}

function missed(locator: Locator, state: State, patience: number, course: Course | null): string {
  const waited = `Waited for ${locator} to be ${state}.`
  if (course === null) return `${waited} The page hangs: its script did not answer for ${patience / 1000} s.`
  const { quiet, headlines, detail, alerts } = course
  return [
    `${waited} Nothing in the page has changed for ${Math.round(quiet / 1000)} s.`,
    `Headlines since the first wait: ${headlines.join(' → ')}. Detail: ${detail || 'none'}.`,
    `Alerts: ${alerts.join(' | ') || 'none'}.`,
  ].join('\n')
}

/** Watches the page from the first call on. A loading page counts as changing. */
function courseOf(page: Page): Promise<Course> {
  const look = page.evaluate(() => {
    const scope = globalThis as typeof globalThis & { course?: { changed: number; headlines: string[] } }
    const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? ''
    const begin = () => {
      const course = { changed: performance.now(), headlines: [textOf('.run-headline')] }
      new MutationObserver(() => {
        course.changed = performance.now()
        const headline = textOf('.run-headline')
        if (headline !== course.headlines.at(-1)) course.headlines.push(headline)
      }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
      return course
    }
    scope.course ??= begin()
    const { changed, headlines } = scope.course
    return {
      quiet: performance.now() - changed,
      headlines,
      detail: textOf('.run-detail'),
      alerts: [...document.querySelectorAll('[role="alert"]')].map(({ textContent }) => textContent ?? ''),
    }
  })
  return look.catch((error: Error) => {
    if (!/context was destroyed|navigat/i.test(error.message)) throw error
    return { quiet: 0, headlines: [], detail: '', alerts: [] }
  })
}
