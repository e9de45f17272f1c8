import type { Browser, Page } from 'playwright'
import type { RunConfig } from '../../config/config'
import { presetConfig } from '../../config/presets'
import { percentile } from '../../report/averages'
import { type Hideable, RUN_PANELS } from '../../runs/lesson'
import { shareLink } from '../../runs/share_link'
import { type Driver, whileAlive } from '../driver'
import type { Figure } from '../figures'
import { type Frames, framesOf, TRACED, type TraceEvent } from '../frame_trace'
import type { SuiteOutcome } from '../results'
import { scriptText } from '../scripts'
import { backendOf, SEED, type SuiteSettings } from '../suite'

/** Milliseconds between two frames at 60 a second. */
const FRAME = 1000 / 60
/** One that comes later than this has missed its moment. */
const LATE = 20
/** Milliseconds that make a task a long one, as the web has it. */
const LONG = 50
const WANTED_SHIFT = 0.01
const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
] as const
const PATIENCE = { timeout: 300_000 }
/** What is looked at. */
interface Scene {
  readonly name: string
  /** Brings the page there; it stays there long enough. */
  open(page: Page, site: string, run: RunConfig): Promise<void>
}

/** Each scene, and the same page with as much going on behind it that shows nothing of it. */
const SCENES: readonly { readonly title: string; readonly shown: Scene; readonly still: Scene }[] = [
  {
    title: 'the recorded run plays',
    shown: { name: 'Colloquy', open: openRecording },
    still: {
      name: 'paused',
      async open(page, site) {
        await openRecording(page, site)
        await page.getByRole('button', { name: 'Pause the recording' }).click()
      },
    },
  },
  {
    title: 'a run writes',
    shown: {
      name: 'Colloquy',
      async open(page, site, run) {
        await startLinkedRun(page, linkTo(site, run, []))
        await page.locator('.talk').scrollIntoViewIfNeeded()
        await page.locator('.stage-text .word').first().waitFor(PATIENCE)
      },
    },
    still: {
      name: 'its panels hidden',
      async open(page, site, run) {
        await startLinkedRun(page, linkTo(site, run, RUN_PANELS))
        await page.getByText(/sharing ideas/).waitFor(PATIENCE)
      },
    },
  },
]

interface Sample extends Frames {
  readonly shift: number
}

/** Frames, and what the page itself does for them, while texts stream in: a recorded run's, and a live one's. */
export async function frames(settings: SuiteSettings, driver: Driver): Promise<SuiteOutcome> {
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
    try {
      return await whileAlive(
        page,
        (async () => {
          await scene.open(page, site, run)
          const seen = await traced(browser, page, seconds)
          return { ...seen, shift: await page.evaluate(() => window.benchShift) }
        })(),
      )
    } finally {
      await context.close()
    }
  }
  const figures: Figure[] = []
  for (const size of SIZES)
    for (const { title, shown, still } of SCENES) {
      const samples = { shown: [] as Sample[], still: [] as Sample[] }
      for (let round = 0; round < rounds; round++) {
        await driver.say(`frames: ${title}, ${size.width} px, round ${round + 1} of ${rounds}`)
        for (const side of round % 2 === 0 ? (['shown', 'still'] as const) : (['still', 'shown'] as const))
          samples[side].push(await watch(side === 'shown' ? shown : still, size))
      }
      figures.push(
        ...figuresOf(`${title}, ${size.width} px`, [
          { name: shown.name, samples: samples.shown },
          { name: still.name, samples: samples.still },
        ]),
      )
    }
  return {
    setting: [
      `Windows of ${SIZES.map(({ width, height }) => `${width} × ${height}`).join(' and ')} pixels, each time a new visitor’s; ${seconds} seconds from the first word on, with a trace; preset duet.`,
    ],
    figures,
    fits: [],
  }
}

function linkTo(site: string, config: RunConfig, hide: readonly Hideable[]): string {
  const models = config.peers.map(() => null)
  return shareLink(site, { config, models, result: null }, { hide, autostart: false, page: null })
}

async function openRecording(page: Page, site: string): Promise<void> {
  await page.goto(site, PATIENCE)
  await page.locator('.stage-text .word').first().waitFor(PATIENCE)
}

async function startLinkedRun(page: Page, link: string): Promise<void> {
  await page.goto(link, PATIENCE)
  await page.getByRole('button', { name: 'Start the shared run' }).click(PATIENCE)
}

async function traced(browser: Browser, page: Page, seconds: number): Promise<Frames> {
  await browser.startTracing(page, { categories: [...TRACED] })
  await page.waitForTimeout(seconds * 1000)
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  return framesOf(trace.traceEvents)
}

interface Watched {
  readonly name: string
  readonly samples: readonly Sample[]
}

function figuresOf(scene: string, watched: readonly Watched[]): Figure[] {
  const figure = (
    name: string,
    unit: string,
    value: (sample: Sample) => number,
    most: number | null = null,
    sides = watched,
  ): Figure => ({
    name: `${scene}: ${name}`,
    unit,
    lessIsBetter: true,
    sides: sides.map((side) => ({ name: side.name, samples: side.samples.map(value) })),
    bars: most === null ? [] : [{ kind: 'at-most', value: most }],
  })
  const own = watched.slice(0, 1)
  const over = (values: readonly number[], most: number) =>
    (100 * values.filter((value) => value > most).length) / values.length
  return [
    figure('main thread work per frame, 95th percentile', 'ms', ({ work }) => percentile(work, 0.95), FRAME),
    figure('main thread work per frame, 99th percentile', 'ms', ({ work }) => percentile(work, 0.99), FRAME),
    figure('main thread work per frame, median', 'ms', ({ work }) => percentile(work, 0.5)),
    figure('frames with more work than fits', '%', ({ work }) => over(work, FRAME), null, own),
    figure(
      'main thread tasks over 50 ms',
      '',
      ({ tasks }) => tasks.filter((time) => time > LONG).length,
      null,
      own,
    ),
    figure('time between frames, median', 'ms', ({ between }) => percentile(between, 0.5)),
    figure('time between frames, 95th percentile', 'ms', ({ between }) => percentile(between, 0.95)),
    figure('time between frames, 99th percentile', 'ms', ({ between }) => percentile(between, 0.99)),
    figure(`frames later than ${LATE} ms`, '%', ({ between }) => over(between, LATE)),
    figure('layout shift', '', ({ shift }) => shift, WANTED_SHIFT, own),
  ]
}
