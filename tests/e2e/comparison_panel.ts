/** Two runs beside each other, as the page shows them. */
import type { Locator, Page } from 'playwright'

/** Steps far too long: what the peers know changes at once. */
export const SMALL = {
  seed: 5,
  questionsPerStep: 2,
  numGenerations: 4,
  abilityQuestions: 4,
  evalSize: 20,
  learningRate: 0.03,
  warmupSteps: 0,
  evalEvery: 1,
  checkpointEvery: 1,
}

/** The panel of the comparison. */
export function comparison(page: Page): Locator {
  return page.locator('.comparison')
}

/** Rows of a table of the comparison, cell by cell. */
export const rows = (page: Page, caption: RegExp) =>
  comparison(page)
    .getByRole('table', { name: caption })
    .locator('tbody tr')
    .evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent?.replaceAll('\u00a0', ' '))),
    )
/** First and last accuracy of a line of the chart, as a screen reader says it. */
export async function described(page: Page, line: string): Promise<string> {
  const text = await page.getByRole('img', { name: /^Right alone/ }).getAttribute('aria-label')
  const [, first, last] = new RegExp(`[:;] ${line} from (\\d+) to (\\d+) percent`).exec(text ?? '') ?? []
  return `${first} → ${last} %`
}
