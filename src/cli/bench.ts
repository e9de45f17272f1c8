/** `npm run bench`: see `BENCH`. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { whileAlive } from '../bench/driver'
import { writePerformance } from '../bench/performance'
import { entryText } from '../bench/report'
import {
  type AdapterInfo,
  type BenchEntry,
  mergeEntries,
  type Place,
  readResults,
  resultsText,
  type Suite,
  writeText,
} from '../bench/results'
import { type Found, hasRealSizes, type SuiteSettings } from '../bench/suite'
import { encode } from '../bench/suites/encode'
import { ENGINE_SUITES, type EngineSuiteName } from '../bench/suites/engine_suites'
import { frames } from '../bench/suites/frames'
import { load } from '../bench/suites/load'
import { memory } from '../bench/suites/memory'
import { step } from '../bench/suites/step'
import { ColloquyError, fromWire } from '../errors'
import { BenchDriver, nodeEnvironment } from './bench/driver'
import { commitOf, machineOf, versionsOf } from './bench/machine'
import { benchModels } from './bench/models'
import { webgpuVersion } from './bench/native_options'
import { BENCH, type BenchOptions, benchOptions, KEPT_RESULTS } from './bench/options'
import { runCommand } from './command'
import { ROOT } from './site/site'

/** The suites that open pages, browsers, builds and processes themselves. */
const DRIVEN_SUITES = { step, load, frames, memory, encode }

/** What a used place is. */
interface PlaceFacts {
  readonly adapter: AdapterInfo | null
  /** Name and version; null in node. */
  readonly browser: string | null
}

async function factsOf(place: Place, driver: BenchDriver): Promise<PlaceFacts> {
  if (place === 'null-device') webgpuVersion(ROOT, 'npm run bench -- encode')
  if (place === 'node' || place === 'null-device') return { adapter: null, browser: null }
  const browser = await driver.openBrowser()
  const name = `${browser.browserType().name()} ${browser.version()}`
  if (place === 'wasm') return { adapter: null, browser: name }
  const page = await browser.newPage()
  await page.goto(`${await driver.serve()}bench.html`, { timeout: 120_000 })
  const adapter = await page.evaluate(() => window.describeAdapter())
  await browser.close()
  if (adapter === null)
    throw new ColloquyError({
      code: 'backend',
      what: '--on webgpu',
      found: `${name} without a WebGPU adapter`,
      wanted: 'one',
      todo: 'Use another browser (CHROME_PATH), or --on wasm',
    })
  return { adapter, browser: name }
}

async function runInPage(
  suite: EngineSuiteName,
  settings: SuiteSettings,
  driver: BenchDriver,
): Promise<Found> {
  const browser = await driver.openBrowser()
  const page = await browser.newPage()
  await page.exposeFunction('reportProgress', (text: string) => driver.say(text))
  await page.goto(`${await driver.serve()}bench.html`, { timeout: 120_000 })
  const answer = await whileAlive(
    page,
    page.evaluate(({ name, wanted }) => window.runSuite(name, wanted), { name: suite, wanted: settings }),
  )
  if ('error' in answer) throw fromWire(answer.error)
  return answer.found
}

function isEngineSuite(suite: Suite): suite is EngineSuiteName {
  return Object.hasOwn(ENGINE_SUITES, suite)
}

function runSuite(suite: Suite, settings: SuiteSettings, driver: BenchDriver): Promise<Found> {
  if (!isEngineSuite(suite)) return DRIVEN_SUITES[suite](settings, driver)
  if (settings.place !== 'node') return runInPage(suite, settings, driver)
  return ENGINE_SUITES[suite](
    settings,
    nodeEnvironment((text) => driver.say(text)),
  )
}

async function withDriver<T>(
  { baseline }: BenchOptions,
  folder: string | null,
  work: (driver: BenchDriver) => Promise<T>,
): Promise<T> {
  const driver = new BenchDriver(baseline === null ? null : resolve(baseline), folder)
  try {
    return await work(driver)
  } finally {
    await driver.close()
  }
}

async function measure(options: BenchOptions): Promise<void> {
  const { quick, out } = options
  // Told before anything is measured, where it cannot be read.
  if (out !== null) readResults(out)
  const known = new Map<Place, PlaceFacts>()
  for (const { suite, place } of options.runs) {
    const facts = known.get(place) ?? (await withDriver(options, null, (driver) => factsOf(place, driver)))
    known.set(place, facts)
    const software = facts.adapter?.software ?? false
    const size = hasRealSizes({ place, quick, software }) ? 'full' : 'small'
    const made = suite === 'model' ? await benchModels(options, place, size) : null
    const settings: SuiteSettings = {
      ...{ place, quick, software },
      peer: options.peer,
      models: made?.models ?? [],
      // What ONNX Runtime chooses by itself.
      threads: Math.min(4, Math.ceil(availableParallelism() / 2)),
    }
    const found = await withDriver(options, made?.folder ?? null, (driver) =>
      runSuite(suite, settings, driver),
    )
    const entry: BenchEntry = {
      suite,
      place,
      quick,
      date: new Date().toISOString(),
      commit: commitOf(ROOT),
      machine: machineOf(),
      adapter: facts.adapter,
      versions: versionsOf(ROOT, facts.browser),
      threads: settings.threads,
      peer: settings.peer.id,
      ...{ setting: [], figures: [], fits: [] },
      ...found,
    }
    console.log(`${entryText(entry)}\n`)
    // After every suite, so that what is measured is not lost with what comes after it.
    if (out !== null) writeText(out, resultsText(mergeEntries(readResults(out), [entry])))
  }
  if (out !== null) console.log(`Written: ${out}`)
}

// The browser, a child process, goes when this process leaves by the front door.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    console.error('Stopped.')
    process.exit(130)
  })
await runCommand(BENCH, async (given) => {
  const options = benchOptions(given)
  if (options.report)
    console.log(`Written: ${writePerformance(ROOT, options.out ?? KEPT_RESULTS).join(', ')}`)
  else await measure(options)
})
