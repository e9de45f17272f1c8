/** Helpers for pages in browsers that Playwright does not drive. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ScriptedSession } from '../../src/cli/browsers/scripted_session'

/** Far longer than a run alone takes: other tests may occupy both cores. */
const PATIENCE = 240_000

/** Waits until an expression is true in the page. */
export async function until(session: ScriptedSession, condition: string, ...args: readonly unknown[]) {
  const late = Date.now() + PATIENCE
  while ((await session.evaluate(`return Boolean(${condition})`, ...args)) !== true) {
    if (Date.now() > late) throw new Error(`waited in vain for ${condition} ${JSON.stringify(args)}`)
    await delay(200)
  }
}

export const said = (session: ScriptedSession, text: string) =>
  until(session, 'document.body.textContent.includes(arguments[0])', text)

const buttonNamed =
  '[...document.querySelectorAll("button:enabled")].find(({ textContent }) => textContent.trim() === arguments[0])'

/** Presses a named button once it is enabled. */
export async function press(session: ScriptedSession, name: string): Promise<void> {
  await until(session, buttonNamed, name)
  await session.evaluate(`${buttonNamed}.click()`, name)
}

export const texts = (session: ScriptedSession, selector: string) =>
  session.evaluate(
    'return [...document.querySelectorAll(arguments[0])].map(({ textContent }) => textContent)',
    selector,
  ) as Promise<string[]>
