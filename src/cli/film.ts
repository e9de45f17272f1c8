/** `npm run film`: see `FILM`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { animatedGif, type Picture } from './animated_gif'
import { visitBuild } from './browsers/visit_build'
import { runCommand } from './command'
import type { Command } from './options'
import { ROOT } from './site/site'

const WISH = {
  what: 'npm run film',
  wanted: 'a browser to film',
  todo: 'Install Chromium, or set CHROME_PATH',
}
const FILM = {
  usage: 'npm run film --',
  about: 'Films the recorded run as a first-time visitor sees it, as an animated GIF.',
  argument: { value: 'FILE', help: 'Where the GIF goes; docs/run.gif unless given' },
  options: {},
} satisfies Command
const VIEW = { width: 1280, height: 800 }
/** Pixels of the picture per pixel of the page. */
const SCALE = 0.75
/** Milliseconds for which a picture stands, in steps that are shown as they are written and in those that go by. */
const STANDS = 200
/** Milliseconds of the recording between two pictures. */
const WRITTEN = 200
const GOING_BY = 1200
/** From the beginning, shown as they are written. */
const WRITTEN_STEPS = 2
/** Milliseconds for which the last picture stands. */
const LAST_STANDS = 4000

/** The clock of the page goes on only where this lets it: however slow the machine, the film is the same. */
async function film(page: Page): Promise<Picture[]> {
  const pictures: Picture[] = []
  const ended = page.getByRole('button', { name: 'Play the recording' })
  const step = page.locator('.run-headline')
  for (;;) {
    const over = await ended.isVisible()
    pictures.push({ ...(await pixels(page)), stands: over ? LAST_STANDS : STANDS })
    if (over) return pictures
    const shown = Number(/\d+/.exec((await step.textContent()) ?? '')?.[0])
    // A frame moves the recording on by 250 ms at most.
    const until = shown > WRITTEN_STEPS ? GOING_BY : WRITTEN
    for (let moved = 0; moved < until; moved += WRITTEN) await page.clock.runFor(WRITTEN)
  }
}

/** What is to be seen, four bytes a pixel. */
async function pixels(page: Page): Promise<Omit<Picture, 'stands'>> {
  const png = (await page.screenshot()).toString('base64')
  const viewer = page.context().pages()[1] ?? (await page.context().newPage())
  const { width, height, data } = await viewer.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const { width, height } = image
    const context = new OffscreenCanvas(width, height).getContext('2d')
    context?.drawImage(image, 0, 0)
    const all = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray()
    let data = ''
    for (let at = 0; at < all.length; at += 0x6000)
      data += btoa(String.fromCharCode(...all.subarray(at, at + 0x6000)))
    return { width, height, data }
  }, png)
  return { width, height, rgba: new Uint8Array(Buffer.from(data, 'base64')) }
}

async function write(file: string): Promise<void> {
  const pictures = await visitBuild(
    WISH,
    { viewport: VIEW, deviceScaleFactor: SCALE, colorScheme: 'light' },
    async (page, address) => {
      await page.clock.install({ time: 0 })
      await page.goto(address)
      await page.getByRole('button', { name: 'Pause the recording' }).waitFor()
      await page.clock.pauseAt(3_600_000)
      // From the beginning again: it has been playing.
      await page.getByRole('button', { name: 'Skip to the end of the recording' }).click()
      await page.clock.runFor(50)
      await page.getByLabel('Fast', { exact: true }).check({ force: true })
      await page.getByRole('button', { name: 'Play the recording' }).click()
      return film(page)
    },
  )
  const gif = animatedGif(pictures)
  writeFileSync(file, gif)
  console.log(`${file}: ${pictures.length} pictures, ${(gif.length / 1e6).toFixed(2)} MB`)
}

await runCommand(FILM, ({ args: [file = join(ROOT, 'docs/run.gif')] }) => write(file))
