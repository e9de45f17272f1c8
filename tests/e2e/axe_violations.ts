import axe from 'axe-core'
import type { Page } from 'playwright'

/** What axe finds wrong in the view as it is, each with the elements it is about. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 })
      // As the page's policy has it, no script but its own is loaded: this one comes over the debugger.
      await page.evaluate(axe.source)
      const results = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
      for (const { id, nodes } of results.violations)
        found.push(
          `${colorScheme} ${width}: ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
        )
    }
  }
  return found
}
