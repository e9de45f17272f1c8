/** The comparison of two runs on the page. */
import type { Locator, Page } from 'playwright'

/** Very large steps, which change the peers' skills at once. */
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

export function comparison(page: Page): Locator {
  return page.locator('.comparison')
}

/** Returns the rows of a comparison table, cell by cell. */
export const rows = (page: Page, caption: RegExp) =>
  comparison(page)
    .getByRole('table', { name: caption })
    .locator('tbody tr')
    .evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => cell.textContent?.replaceAll('\u00a0', ' '))),
    )
/** Returns first and last accuracy of a chart line, as a screen reader says them. */
export async function described(page: Page, line: string): Promise<string> {
  const text = await page.getByRole('img', { name: /^Right alone/ }).getAttribute('aria-label')
  const [, first, last] = new RegExp(`[:;] ${line} from (\\d+) to (\\d+) percent`).exec(text ?? '') ?? []
  return `${first} → ${last} %`
}
