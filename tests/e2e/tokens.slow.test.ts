/** Texts viewed token by token, and the rollouts of a group, after a real step. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stepsIn } from '../../src/tasks/solution'
import { appears } from './appears'
import {
  button,
  headline,
  linkTo,
  openSite,
  quickRun,
  SHOTS,
  textDetails,
  type VisitedSite,
} from './visitors'

const PEERS = ['ada', 'bo']
const STAGES = ['share', 'analyze', 'fuse']

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
  mkdirSync(SHOTS, { recursive: true })
})
afterAll(() => site?.close())

async function close(page: Page, details: Locator): Promise<void> {
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })
}

/** Returns the numbers of the token described below a text, by term. */
async function facts(within: Locator): Promise<Record<string, string>> {
  const rows = await within
    .locator('.token-facts dl > div')
    .evaluateAll((divs) => divs.map((div) => [div.firstChild?.textContent, div.lastChild?.textContent]))
  return Object.fromEntries(rows)
}

/** Returns every token of a text with its accessible description. */
async function tokensOf(within: Locator, name: string) {
  const options = within.getByRole('listbox', { name }).getByRole('option')
  const found = await options.evaluateAll((elements) =>
    elements.map((element) => ({
      ink: element.textContent ?? '',
      name: element.getAttribute('aria-label') ?? '',
      description: element.getAttribute('aria-description') ?? '',
    })),
  )
  return found.map(({ description, ...token }) => {
    const parts = description.split(', ').map((part) => part.split(/ (.*)/s))
    const piece = /^“(.*)”$/.exec(token.name)?.[1].replaceAll('␣', ' ').replaceAll('⏎', '\n') ?? ''
    return { ...token, piece, numbers: Object.fromEntries(parts) as Partial<Record<string, string>> }
  })
}

/** Reads a displayed number: `+1.18`, `× 0.985`, `42.3 %`. */
const shown = (text = '') => Number(text.replace('−', '-').replace(/[^\d.-]/g, ''))

test('after a step every token and every rollout shows its numbers, and they add up', async () => {
  const config = quickRun({ steps: 2, seed: 11, numGenerations: 4, numIterations: 2, learningRate: 0.02 })
  const { context, page, troubles } = await site.visit(`${site.address}${linkTo(config)}`)
  await button(page, 'Next step').click()
  await appears(headline(page, 'Paused: 1 of 2 steps'))

  const moved: number[] = []
  const ratios = new Set<string>()
  for (const peer of PEERS)
    for (const stage of STAGES) {
      const own = await textDetails(page, peer, stage)
      const advantage = await own.locator('.text-numbers dd').nth(2).textContent()
      const told = await tokensOf(own, `Tokens of ${peer}, ${stage}`)
      expect(told.length).toBeGreaterThan(3)
      for (const { piece, ink, numbers } of told) {
        expect(ink.trim()).toBe(piece.trim())
        expect(shown(numbers.probability) / 100).toBeCloseTo(Math.exp(shown(numbers.logprob)), 2)
        expect(numbers.advantage).toBe(advantage)
        // An advantage of 0 has no loss, and a truncated text is excluded.
        if (numbers.ratio !== undefined) {
          expect(shown(numbers.advantage)).not.toBe(0)
          ratios.add(numbers.ratio)
        } else expect(numbers.clipped).toBeUndefined()
        if (numbers.change === undefined) continue
        const expected = shown(numbers.probability) * shown(numbers.change)
        expect(Math.abs(shown(numbers.afterwards) - expected)).toBeLessThan(0.3)
        moved.push(Math.abs(shown(numbers.change) - 1))
      }
      await close(page, own)
      // The pieces together are the bubble's text: every equation is one of its chips.
      const chips = page.getByRole('article', { name: `${peer}, share` }).locator('.chip')
      if (stage === 'share')
        await expect.poll(() => chips.count()).toBe(stepsIn(told.map(({ piece }) => piece).join('')).length)
    }
  expect(Math.max(...moved)).toBeGreaterThan(0.01)
  // Two updates were made on the texts: at the second the peer was another one already.
  expect(ratios.size).toBeGreaterThan(1)

  // The text is one Tab stop; arrow keys move to each token, and the lines show its accessible text.
  const first = await textDetails(page, 'ada', 'share')
  const told = await tokensOf(first, 'Tokens of ada, share')
  await expect.poll(() => first.locator('[role="option"][tabindex="0"]').count()).toBe(1)
  await first.locator('[role="option"][tabindex="0"]').focus()
  await page.keyboard.press('End')
  await expect.poll(() => first.getByRole('option').last().getAttribute('aria-selected')).toBe('true')
  await page.keyboard.press('Home')
  for (const { name, numbers } of told) {
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')))
      .toBe(name)
    expect(await facts(first)).toMatchObject({ token: name, ...numbers })
    await page.keyboard.press('ArrowRight')
  }
  await page.screenshot({ path: join(SHOTS, 'tokens.png'), fullPage: true })

  await close(page, first)

  // Pointed at: the lines change, and nothing moves.
  const own = await textDetails(page, 'bo', 'analyze')
  const place = () => own.evaluate(({ offsetTop, offsetHeight }: HTMLElement) => [offsetTop, offsetHeight])
  const before = await place()
  const third = own.getByRole('option').nth(3)
  await third.hover()
  expect((await facts(own)).token).toBe(await third.getAttribute('aria-label'))
  expect(await place()).toEqual(before)
  await close(page, own)

  // Every rollout of a group is listed, and equal ones are explained.
  let equal = 0
  for (const peer of PEERS)
    for (const stage of STAGES) {
      const own = await textDetails(page, peer, stage)
      await own.getByText(/^All 4 tries/).waitFor()
      const cells = await own
        .getByRole('table')
        .locator('tbody tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll('td')].map(({ textContent }) => textContent ?? '')),
        )
      expect(cells).toHaveLength(4)
      const numbers = await own.locator('.text-numbers dd').allTextContents()
      expect(cells[0]).toEqual(numbers.slice(0, 3))
      const advantages = cells.map(([, , advantage]) => shown(advantage))
      // The advantages of a group cancel out.
      expect(Math.abs(advantages.reduce((sum, one) => sum + one, 0))).toBeLessThan(0.03)
      const taught = advantages.some((one) => one !== 0)
      expect((await own.locator('.rollouts').textContent())?.includes('All 4 tries scored the same')).toBe(
        !taught,
      )
      if (!taught) equal++
      await close(page, own)
    }
  expect(equal).toBeGreaterThan(0)
  expect(equal).toBeLessThan(PEERS.length * STAGES.length)
  expect(troubles).toEqual([])
  await context.close()
})
