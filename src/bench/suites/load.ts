import type { BrowserContext, Page } from 'playwright'
import { ColloquyError } from '../../errors'
import { type Driver, whileAlive } from '../driver'
import type { Figure } from '../figures'
import type { Compiled, WatchReport } from '../lab/watch'
import type { Loading } from '../pages/press_learn'
import type { SuiteOutcome } from '../results'
import { scriptText, withPrelude } from '../scripts'
import { backendOf, roundsOf, type SuiteSettings } from '../suite'

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
  readonly loading: Loading
  /** When the page was opened, since the epoch; what its workers tell of themselves. */
  readonly opened: number
  readonly reports: readonly WatchReport[]
}

/** From opening the page, Learn pressed as soon as it is there, to both peers of preset duet being ready. */
export async function load(settings: SuiteSettings, driver: Driver): Promise<SuiteOutcome> {
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
  return {
    setting: [
      `${visits} visits of one browser profile after ${WARMING} to warm its caches; where the time goes and what is compiled is from ${watched.length} more, to the same pages with a counter in front of the page’s script and each worker’s.`,
    ],
    figures: [
      {
        name: 'page opened to both peers ready',
        unit: 's',
        lessIsBetter: true,
        sides: [{ name: 'Colloquy', samples: plain.map(({ loading }) => loading.ready / 1000) }],
        bars: [{ kind: 'at-most', value: WANTED }],
      },
      ...milestones(watched),
      ...compiling(watched),
    ],
    fits: [],
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
  const script = await scriptText(new URL('../pages/press_learn.ts', import.meta.url))
  await profile.addInitScript({
    content: `${prelude}\nwindow.benchBackend = '${backendOf(settings.place)}'\n${script}`,
  })
  const visits: Visit[] = []
  for (let i = 0; i < WARMING + count; i++) {
    await driver.say(`load: visit ${i + 1} of ${WARMING + count}`)
    const visit = await visitOnce(profile, url, i < WARMING ? STAY_MILLISECONDS : 0)
    if (i >= WARMING) visits.push(visit)
  }
  await profile.close()
  return visits
}

async function visitOnce(profile: BrowserContext, url: string, stay: number): Promise<Visit> {
  const page = await profile.newPage()
  try {
    await page.goto(url, { waitUntil: 'commit', timeout: 120_000 })
    const loading = await whileAlive(page, patiently(page.evaluate(() => window.benchLoading)))
    const opened = await page.evaluate(() => performance.timeOrigin)
    const reports = await reportsOf(page)
    await page.waitForTimeout(stay)
    return { loading, opened, reports }
  } finally {
    await page.close()
  }
}

/** @throws ColloquyError `worker` where peers are not ready after minutes: the page itself says why, not to us */
async function patiently(ready: Promise<Loading>): Promise<Loading> {
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

/** What watched workers tell of themselves within a second: they are at work, and answer between two pieces of it. */
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

function ortModules({ reports }: Visit): Compiled[] {
  return reports.flatMap(({ compiled }) => compiled.filter(({ bytes }) => bytes > ORT_BYTES))
}

/** When what was there, by the last of the workers; each from opening the page. */
function milestones(visits: readonly Visit[]): Figure[] {
  const at = (name: string, when: (visit: Visit) => number): Figure => ({
    name: `until ${name}`,
    unit: 's',
    lessIsBetter: true,
    sides: [{ name: 'Colloquy', samples: visits.map((visit) => when(visit) / 1000) }],
    bars: [],
  })
  const last = ({ opened }: Visit, times: readonly number[]) => Math.max(0, ...times) - opened
  return [
    at('Learn is pressed', ({ loading }) => loading.pressed),
    at('the last model file is there', (visit) =>
      last(
        visit,
        visit.reports.flatMap(({ fetched }) =>
          fetched.filter(({ file }) => /model_q4|tokenizer|config\.json/.test(file)).map(({ done }) => done),
        ),
      ),
    ),
    at('every worker has compiled ONNX Runtime’s wasm', (visit) =>
      last(
        visit,
        ortModules(visit).map(({ done }) => done),
      ),
    ),
    at('both peers are ready', ({ loading }) => loading.ready),
  ]
}

function compiling(visits: readonly Visit[]): Figure[] {
  const counts = (name: string, count: (modules: readonly Compiled[]) => number, value: number): Figure => ({
    name,
    unit: '',
    lessIsBetter: true,
    sides: [{ name: 'Colloquy', samples: visits.map((visit) => count(ortModules(visit))) }],
    bars: [{ kind: 'at-most', value }],
  })
  return [
    counts('compilations of ONNX Runtime’s wasm per page', (modules) => modules.length, 1),
    counts(
      'compilations without streaming',
      (modules) => modules.filter(({ how }) => !how.endsWith('Streaming')).length,
      0,
    ),
  ]
}
