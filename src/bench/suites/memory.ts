import type { Page } from 'playwright'
import { presetConfig } from '../../config/presets'
import { fromWire } from '../../errors'
import { sum } from '../../report/averages'
import { type Driver, whileAlive } from '../driver'
import { type Figure, figure } from '../figures'
import { scriptText, withPrelude } from '../scripts'
import { backendOf, type Found, SEED, type SuiteSettings } from '../suite'
import { reportsOf } from './load'

/** Percent by which the JavaScript heap may have grown since the run was warm. */
const WANTED_HEAP = 5

/** What is held after a step, garbage collected. */
interface Held {
  readonly step: number
  /** Bytes of the JavaScript heaps of the page and its workers, wasm memories not among them. */
  readonly heap: number
  /** Bytes of their wasm memories. */
  readonly wasm: number
  /** Live GPU buffers, and their bytes. */
  readonly buffers: number
  readonly bufferBytes: number
}

function lengthOf({ quick, software }: SuiteSettings): { steps: number; warm: number; every: number } {
  if (software) return quick ? { steps: 2, warm: 1, every: 1 } : { steps: 150, warm: 50, every: 10 }
  return quick ? { steps: 30, warm: 10, every: 10 } : { steps: 500, warm: 50, every: 50 }
}

/** A long run of small steps, looked at from time to time: what is held must not grow. */
export async function memory(settings: SuiteSettings, driver: Driver): Promise<Found> {
  const { steps, warm, every } = lengthOf(settings)
  const prelude = await scriptText(new URL('../lab/watch.ts', import.meta.url))
  const url = await driver.serve({ plugins: [withPrelude(driver.build, prelude)] })
  // The measurement of memory waits for the next collection of garbage otherwise, up to a minute.
  const browser = await driver.openBrowser(['--enable-blink-features=ForceEagerMeasureMemory'])
  const page = await browser.newPage()
  await page.exposeFunction('reportProgress', (text: string) => driver.say(text))
  await page.goto(`${url}bench.html`, { timeout: 120_000 })
  const config = presetConfig('duet', {
    backend: backendOf(settings.place),
    seed: SEED,
    // One more than is looked at: at its end a run does other things.
    steps: steps + 1,
    questionsPerStep: 1,
    numGenerations: 2,
    abilityQuestions: settings.software ? 2 : 8,
    refreshAbilityEvery: 100_000,
    evalEvery: 100_000,
    evalSize: 1,
  })
  await page.evaluate((wanted) => window.startLongRun(wanted), config)
  const held: Held[] = []
  for (let step = warm; step <= steps; step += every) {
    await driver.say(`memory: on to step ${step} of ${steps}`)
    const failure = await whileAlive(
      page,
      page.evaluate((wanted) => window.runUntil(wanted), step),
    )
    if (failure) throw fromWire(failure)
    held.push(await look(page, step))
  }
  return {
    setting: [
      `Preset duet with one question and two rollouts, ${steps} steps; looked at after step ${warm} and every ${every} steps from there on, with garbage collected.`,
    ],
    figures: figuresOf(held, settings),
  }
}

async function look(page: Page, step: number): Promise<Held> {
  const reports = await reportsOf(page)
  const wasm = sum(reports.flatMap(({ memories }) => memories))
  return {
    step,
    // The browser counts wasm memories as JavaScript's.
    heap: (await page.evaluate(() => window.heapBytes())) - wasm,
    wasm,
    buffers: sum(reports.map(({ gpu }) => gpu.buffers)),
    bufferBytes: sum(reports.map(({ gpu }) => gpu.bytes)),
  }
}

function figuresOf(held: readonly Held[], { place }: SuiteSettings): Figure[] {
  const [first, last] = [held[0], held[held.length - 1]]
  const of = (name: string, unit: string, samples: readonly number[], most?: number) =>
    figure(name, unit, { Colloquy: samples }, most === undefined ? [] : [{ kind: 'at-most', value: most }])
  const series = (name: keyof Held) => held.map((one) => one[name])
  const growth = (name: keyof Held) => [100 * (last[name] / first[name] - 1)]
  const added = (name: keyof Held) => [last[name] - first[name]]
  const since = `step ${first.step} to ${last.step}`
  const all = [
    of('JavaScript heap', 'bytes', series('heap')),
    of(`JavaScript heap growth, ${since}`, '%', growth('heap'), WANTED_HEAP),
    of('wasm memory', 'bytes', series('wasm')),
    of(`wasm memory growth, ${since}`, '%', growth('wasm')),
  ]
  if (place === 'webgpu')
    all.push(
      of('live GPU buffers', '', series('buffers')),
      of('bytes in GPU buffers', 'bytes', series('bufferBytes')),
      of(`added GPU buffers, ${since}`, '', added('buffers'), 0),
      of(`added bytes in GPU buffers, ${since}`, 'bytes', added('bufferBytes'), 0),
    )
  return all
}
