import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { RunConfig } from '../../config/config'
import { ColloquyError, fromWire, type WireError } from '../../errors'
import type { RunEvent } from '../../ilr/events'
import { type Driver, whileAlive } from '../driver'
import { type Figure, figure } from '../figures'
import { inTurns } from '../rounds'
import { backendOf, type Found, SEED, type SuiteSettings } from '../suite'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** Of the baseline's time that a step may take. */
const WANTED = 0.6

type StepEvent = Extract<RunEvent, { type: 'step' }>
type Metrics = StepEvent['metrics']

/** A checkout whose steps are timed. */
interface Build {
  readonly name: string
  /** The metrics of a run's steps. */
  run(seed: number): Promise<Metrics[]>
}

interface Lengths {
  /** Runs of each build; each has a seed of its own, the same for both. */
  readonly runs: number
  /** Timed steps of a run; one more warms up. */
  readonly steps: number
  readonly questions: number
  readonly rollouts: number
}

function lengthsOf({ quick, software }: SuiteSettings): Lengths {
  if (software) return { runs: 1, steps: 1, questions: 1, rollouts: 2 }
  return { runs: quick ? 1 : 4, steps: quick ? 2 : 4, questions: 8, rollouts: 8 }
}

/** Whole steps of preset duet, both peers at once, each in its worker; with a baseline, run by run in turns with it. */
export async function step(settings: SuiteSettings, driver: Driver): Promise<Found> {
  const lengths = lengthsOf(settings)
  const open = settings.place === 'node' ? openInNode : openInBrowser
  const builds = [await open('Colloquy', ROOT, settings, lengths, driver)]
  if (driver.baseline !== null)
    builds.push(await open('baseline', driver.baseline, settings, lengths, driver))
  const metrics = new Map<string, Metrics[]>(builds.map(({ name }) => [name, []]))
  const sides = Object.fromEntries(
    builds.map(({ name, run }) => [
      name,
      async (round: number) => {
        const steps = await run(SEED + round)
        metrics.get(name)?.push(...steps.slice(1))
        return steps.length
      },
    ]),
  )
  // Runs warm up by their own first steps, so none is thrown away whole.
  await inTurns(lengths.runs - 1, sides, (round) =>
    driver.say(`step: run ${round + 1} of ${lengths.runs}, ${lengths.steps + 1} steps`),
  )
  const { questions, rollouts, runs, steps } = lengths
  return {
    setting: [
      `Preset duet, ${questions} question${questions === 1 ? '' : 's'}, ${rollouts} rollouts; ${runs} run${runs === 1 ? '' : 's'} with ${steps} timed steps each.`,
    ],
    figures: figuresOf(metrics),
  }
}

function figuresOf(metrics: ReadonlyMap<string, readonly Metrics[]>): Figure[] {
  const of = (name: string, unit: string, metric: string, bars: Figure['bars'] = []) => {
    const samples = [...metrics].map(
      ([side, steps]) => [side, steps.map((values) => values[metric])] as const,
    )
    return figure(name, unit, Object.fromEntries(samples), bars)
  }
  const bar = { kind: 'within', side: 'baseline', times: WANTED } as const
  return [
    of('whole step', 's', 'step_time', metrics.has('baseline') ? [bar] : []),
    ...['share', 'analyze', 'fuse', 'update'].map((part) =>
      of(`${part}, both peers side by side`, 's', `ilr/seconds/${part}`),
    ),
    of('tokens written in a step', 'tokens', 'ilr/generated_tokens'),
    of('tokens trained in a step', 'tokens', 'ilr/trained_tokens'),
  ]
}

/** The preset as that checkout knows it: an older one may lack settings. Its public face is where it is in all of them. */
async function configOf(
  root: string,
  { place }: SuiteSettings,
  { steps, questions, rollouts }: Lengths,
): Promise<(seed: number) => RunConfig> {
  const { presetConfig } = (await import(pathToFileURL(join(root, 'src/index.ts')).href)) as {
    presetConfig(name: string, overrides: Partial<RunConfig>): RunConfig
  }
  return (seed) =>
    presetConfig('duet', {
      backend: backendOf(place),
      seed,
      steps: steps + 1,
      questionsPerStep: questions,
      numGenerations: rollouts,
      // What is measured beside the steps is kept short.
      abilityQuestions: 8,
      evalSize: 1,
    })
}

function stepsIn(events: readonly RunEvent[], name: string): Metrics[] {
  const steps = events.filter((event): event is StepEvent => event.type === 'step')
  if (steps.length === 0)
    throw new ColloquyError({
      code: 'worker',
      what: `run of ${name}`,
      found: 'no step',
      wanted: 'at least one',
      todo: 'Check that the build is one of that checkout',
    })
  return steps.map(({ metrics }) => metrics)
}

async function openInBrowser(
  name: string,
  root: string,
  settings: SuiteSettings,
  lengths: Lengths,
  driver: Driver,
): Promise<Build> {
  const config = await configOf(root, settings, lengths)
  const browser = await driver.openBrowser()
  const page = await browser.newPage()
  let events: RunEvent[] = []
  await page.exposeFunction('reportEvents', (bundle: readonly RunEvent[]) => {
    events.push(...bundle)
  })
  await page.goto(`${await driver.serve({ root })}headless.html`, { timeout: 120_000 })
  return {
    name,
    async run(seed) {
      events = []
      const run = (wanted: RunConfig): Promise<WireError | null> => window.headlessRun(wanted)
      const failure = await whileAlive(page, page.evaluate(run, config(seed)))
      if (failure) throw fromWire(failure)
      return stepsIn(events, name)
    },
  }
}

async function openInNode(
  name: string,
  root: string,
  settings: SuiteSettings,
  lengths: Lengths,
): Promise<Build> {
  const config = await configOf(root, settings, lengths)
  const { startRun } = (await import(pathToFileURL(join(root, 'workers/node.ts')).href)) as {
    startRun(config: RunConfig): AsyncIterable<RunEvent>
  }
  return {
    name,
    async run(seed) {
      const events: RunEvent[] = []
      for await (const event of startRun(config(seed))) events.push(event)
      return stepsIn(events, name)
    },
  }
}
