import axe from 'axe-core'
import type { Page } from 'playwright'

type Look = readonly [colorScheme: 'light' | 'dark', width: number]

/** Both colour schemes, on a phone and on a desktop. */
export const TWO_LOOKS: readonly Look[] = [
  ['light', 1280],
  ['dark', 360],
]
const ALL_LOOKS: readonly Look[] = [360, 820, 1280, 1920].flatMap((width): Look[] => [
  ['light', width],
  ['dark', width],
])

/** Returns what axe finds wrong in the view as it is, each with the elements it is about. */
export async function violations(page: Page, looks = ALL_LOOKS): Promise<string[]> {
  const found: string[] = []
  const seenInLight = new Set(looks.flatMap(([scheme, width]) => (scheme === 'light' ? width : [])))
  for (const [colorScheme, width] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width, height: 900 })
    // The page's policy loads no foreign script, so axe is injected through the debugger.
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source)
    const wrong = await page.evaluate(
      async (onlyColours) => {
        const { axe: loaded } = globalThis as unknown as { axe: typeof axe }
        const { violations } = await loaded.run({
          resultTypes: ['violations'],
          // The colour schemes differ only in colours.
          ...(onlyColours && { runOnly: ['color-contrast', 'link-in-text-block'] }),
        })
        return violations.map(({ id, nodes }) => ({ id, html: nodes.map(({ html }) => html.slice(0, 120)) }))
      },
      colorScheme === 'dark' && seenInLight.has(width),
    )
    for (const { id, html } of wrong) found.push(`${colorScheme} ${width}: ${id}: ${html.join(' | ')}`)
  }
  return found
}
