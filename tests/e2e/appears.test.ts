/** Tests the tests' own wait: it distinguishes a missed state from a hanging page. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appears } from './appears'
import { openSite, type VisitedSite } from './visitors'

/** Milliseconds: this page has nothing to wait for. */
const SHORT = 3000

let site: VisitedSite
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

test('a missed state and a hanging script are named', async () => {
  const { context, page } = await site.visit('about:blank')
  await page.setContent('<p class="run-headline">Ready</p><p role="alert">Too few steps</p>')
  // The first wait begins to watch.
  await appears(page.getByText('Ready'))
  await page.evaluate(() => {
    const headline = document.querySelector('.run-headline') ?? document.body
    headline.textContent = 'Learning: 2 of 3 steps'
    return new Promise<void>((done) =>
      setTimeout(() => {
        headline.textContent = 'Done: 3 of 3 steps'
        done()
      }),
    )
  })
  await expect(appears(page.getByText('Learning: 2 of 3 steps'), 'visible', SHORT)).rejects.toThrow(
    /Nothing in the page has changed[\s\S]*Ready → Learning: 2 of 3 steps → Done: 3 of 3 steps[\s\S]*Too few/,
  )
  await page.evaluate(() => {
    setTimeout(() => {
      for (;;);
    })
  })
  await expect(appears(page.getByText('Never'), 'visible', SHORT)).rejects.toThrow('The page hangs')
  await context.close()
})
