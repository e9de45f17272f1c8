import type { Browser, Page } from 'playwright'
import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { percentile } from '../../report/averages'
import { type Driver, runLink, whileAlive } from '../driver'
import { type Figure, figure } from '../figures'
import { type Frames, framesOf, TRACED, type TraceEvent } from '../frame_trace'
import { scriptText } from '../scripts'
import { backendOf, type Found, SEED, type SuiteSettings } from '../suite'

/** Milliseconds between two frames at 60 a second. */
const FRAME = 1000 / 60
/** Milliseconds of a long task, as the web defines it. */
const LONG = 50
const WANTED_SHIFT = 0.01
const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
] as const
const PATIENCE = { timeout: 300_000 }

/** A page that streams text for longer than the trace. */
interface Scene {
  readonly title: string
  open(page: Page, site: string, run: RunConfig): Promise<void>
}

const SCENES: readonly Scene[] = [
  {
    title: 'the recorded run plays',
    async open(page, site) {
      await page.goto(site, PATIENCE)
      await page.locator('.stage-text .word').first().waitFor(PATIENCE)
    },
  },
  {
    title: 'a run writes',
    async open(page, site, run) {
      await page.goto(runLink(site, run), PATIENCE)
      await page.getByRole('button', { name: 'Start the shared run' }).click(PATIENCE)
      await page.locator('.talk').scrollIntoViewIfNeeded()
      await page.locator('.stage-text .word').first().waitFor(PATIENCE)
    },
  },
]

interface Sample extends Frames {
  readonly shift: number
}

/** The main thread's work for each frame while texts stream in: a recorded run's, and a live one's. */
export async function frames(settings: SuiteSettings, driver: Driver): Promise<Found> {
  const rounds = settings.quick ? 1 : 5
  const seconds = settings.quick ? 4 : 10
  const run = presetConfig('duet', { backend: backendOf(settings.place), seed: SEED })
  const site = await driver.serve()
  const browser = await driver.openBrowser()
  const script = await scriptText(new URL('../pages/watch_frames.ts', import.meta.url))
  const watch = async (scene: Scene, size: (typeof SIZES)[number]): Promise<Sample> => {
    const context = await browser.newContext({ viewport: size })
    await context.addInitScript({ content: script })
    const page = await context.newPage()
    const look = async () => {
      await scene.open(page, site, run)
      const seen = await traced(browser, page, seconds)
      return { ...seen, shift: await page.evaluate(() => window.benchShift) }
    }
    try {
      return await whileAlive(page, look())
    } finally {
      await context.close()
    }
  }
  const figures: Figure[] = []
  for (const size of SIZES)
    for (const scene of SCENES) {
      const samples: Sample[] = []
      for (let round = 1; round <= rounds; round++) {
        await driver.say(`frames: ${scene.title}, ${size.width} px, round ${round} of ${rounds}`)
        samples.push(await watch(scene, size))
      }
      figures.push(...figuresOf(`${scene.title}, ${size.width} px`, samples))
    }
  return {
    setting: [
      `Windows of ${SIZES.map(({ width, height }) => `${width} × ${height}`).join(' and ')} pixels, each time a new visitor’s; ${seconds} seconds from the first word on, with a trace; preset duet.`,
    ],
    figures,
  }
}

async function traced(browser: Browser, page: Page, seconds: number): Promise<Frames> {
  await browser.startTracing(page, { categories: [...TRACED] })
  await page.waitForTimeout(seconds * 1000)
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  return framesOf(trace.traceEvents)
}

function figuresOf(scene: string, samples: readonly Sample[]): Figure[] {
  const of = (name: string, unit: string, value: (sample: Sample) => number, most?: number) =>
    figure(
      `${scene}: ${name}`,
      unit,
      { Colloquy: samples.map(value) },
      most === undefined ? [] : [{ kind: 'at-most', value: most }],
    )
  const work = 'main thread work per frame'
  const tooMuch = (work: readonly number[]) => work.filter((time) => time > FRAME).length / work.length
  return [
    of(`${work}, 95th percentile`, 'ms', ({ work }) => percentile(work, 0.95), FRAME),
    of(`${work}, 99th percentile`, 'ms', ({ work }) => percentile(work, 0.99), FRAME),
    of(`${work}, median`, 'ms', ({ work }) => percentile(work, 0.5)),
    of('frames with more work than fits', '%', ({ work }) => 100 * tooMuch(work)),
    of('main thread tasks over 50 ms', '', ({ tasks }) => tasks.filter((time) => time > LONG).length),
    of('layout shift', '', ({ shift }) => shift, WANTED_SHIFT),
  ]
}
