import type { BrowserContext, Page } from 'playwright'
import { presetConfig } from '../../config/presets'
import { ColloquyError } from '../../errors'
import { type Driver, runLink, whileAlive } from '../driver'
import { figure } from '../figures'
import type { WatchReport } from '../lab/watch'
import { scriptText, withPrelude } from '../scripts'
import { backendOf, type Found, roundsOf, SEED, type SuiteSettings } from '../suite'

/** Seconds from opening the page to both peers being ready. */
const WANTED = 1.5
/** Visits before the first that is timed: the first fills the cache, the second makes V8 keep its code. */
const WARMING = 2
/** How long a warming visit stays, for code that is used a lot to be compiled well and kept. */
const STAY_MILLISECONDS = 5000
const PATIENCE_SECONDS = 180
/** A wasm module of ONNX Runtime is larger, any other is smaller. */
const ORT_BYTES = 2e6

interface Visit {
  /** Milliseconds from opening the page to ready peers. */
  readonly ready: number
  readonly reports: readonly WatchReport[]
}

/** From opening a link, its run started as soon as its button is there, to both peers of preset duet being ready. */
export async function load(settings: SuiteSettings, driver: Driver): Promise<Found> {
  const visits = settings.software ? 3 : roundsOf(settings)
  const plain = await visitsTo(await driver.serve(), visits, settings, driver, '')
  const prelude = await scriptText(new URL('../lab/watch.ts', import.meta.url))
  const watched = await visitsTo(
    await driver.serve({ plugins: [withPrelude(driver.build, prelude)] }),
    Math.min(visits, 3),
    settings,
    driver,
    prelude,
  )
  const most = (name: string, unit: string, value: number, samples: number[]) =>
    figure(name, unit, { Colloquy: samples }, [{ kind: 'at-most', value }])
  const modules = watched.map(({ reports }) =>
    reports.flatMap(({ compiled }) => compiled.filter(({ bytes }) => bytes > ORT_BYTES)),
  )
  return {
    setting: [
      `${visits} visits of one browser profile after ${WARMING} to warm its caches. Compilations are counted in ${watched.length} more visits, with a counter in front of the scripts of the page and its workers.`,
    ],
    figures: [
      most(
        'page opened to both peers ready',
        's',
        WANTED,
        plain.map(({ ready }) => ready / 1000),
      ),
      most(
        'compilations of ONNX Runtime’s wasm per page',
        '',
        1,
        modules.map(({ length }) => length),
      ),
      most(
        'compilations without streaming',
        '',
        0,
        modules.map((compiled) => compiled.filter(({ how }) => !how.endsWith('Streaming')).length),
      ),
    ],
  }
}

async function visitsTo(
  url: string,
  count: number,
  settings: SuiteSettings,
  driver: Driver,
  prelude: string,
): Promise<Visit[]> {
  // A profile on disk: a private window keeps no cache that is large enough.
  const profile = await driver.openProfile()
  const script = await scriptText(new URL('../pages/press_start.ts', import.meta.url))
  await profile.addInitScript({ content: `${prelude}\n${script}` })
  const link = runLink(url, presetConfig('duet', { backend: backendOf(settings.place), seed: SEED }))
  const visits: Visit[] = []
  for (let i = 0; i < WARMING + count; i++) {
    await driver.say(`load: visit ${i + 1} of ${WARMING + count}`)
    const visit = await visitOnce(profile, link, i < WARMING ? STAY_MILLISECONDS : 0)
    if (i >= WARMING) visits.push(visit)
  }
  await profile.close()
  return visits
}

async function visitOnce(profile: BrowserContext, url: string, stay: number): Promise<Visit> {
  const page = await profile.newPage()
  try {
    await page.goto(url, { waitUntil: 'commit', timeout: 120_000 })
    const ready = await whileAlive(page, patiently(page.evaluate(() => window.benchReady)))
    const reports = await reportsOf(page)
    await page.waitForTimeout(stay)
    return { ready, reports }
  } finally {
    await page.close()
  }
}

/** @throws ColloquyError `worker` if peers are not ready after minutes; only the page shows why */
async function patiently(ready: Promise<number>): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new ColloquyError({
            code: 'worker',
            what: 'the page of the benchmark',
            found: `peers that are not ready ${PATIENCE_SECONDS} s after opening it`,
            wanted: 'peers that are ready',
            todo: 'Start a run on the page (npm start) and see what it says',
          }),
        ),
      PATIENCE_SECONDS * 1000,
    )
  })
  try {
    return await Promise.race([ready, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Reports of watched workers within a second: busy workers answer between two pieces of work. */
export async function reportsOf(page: Page): Promise<WatchReport[]> {
  return page.evaluate(
    () =>
      new Promise<WatchReport[]>((resolve) => {
        const reports: WatchReport[] = []
        const channel = new BroadcastChannel('colloquy-watch')
        channel.onmessage = ({ data }) => reports.push(data as WatchReport)
        channel.postMessage('report')
        setTimeout(() => {
          channel.close()
          resolve(reports)
        }, 1000)
      }),
  )
}
