/** Points at steps in a run's charts, as visitors do. */
import type { Locator, Page } from 'playwright'
import { appears } from './appears'
import { button, headline, linkTo, quickRun } from './visitors'

/** A link to a run of three small steps. */
export const THREE_STEPS = linkTo(
  quickRun({ steps: 3, abilityQuestions: 2, evalEvery: 1, checkpointEvery: 1 }),
)

export function chart(page: Page, name: string): Locator {
  return page.getByRole('slider', { name: new RegExp(`^${name}`) })
}

export function exchangeStep(page: Page): Promise<string | null> {
  return page.locator('.exchange-step').textContent()
}

export function questionText(page: Page): Promise<string | null> {
  return page.locator('.question-text').textContent()
}

/**
 * Runs one step of the form's run.
 * @returns its question
 */
export async function firstStep(page: Page): Promise<string | null> {
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 1 of 3 steps'))
  return questionText(page)
}
