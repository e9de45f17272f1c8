import { ColloquyError } from '../errors'
import { z } from '../schema'
import { type Job, jobName } from './scenarios'

const accuracy = z.number().min(0).max(1)
const perPeer = z.record(z.string(), accuracy)
const perSkill = z.record(z.string(), perPeer)
const amounts = z.record(z.string(), z.number())

/** What all steps of a run cost together, evaluations not counted; the records are by stage. */
const costSchema = z.strictObject({
  steps: z.int(),
  /** Wall-clock seconds of the steps. */
  seconds: z.number(),
  stageSeconds: amounts,
  tokens: amounts,
  promptTokens: amounts,
})

/** One evaluation of one run: a line of the results file. */
const lineSchema = z.strictObject({
  scenario: z.string(),
  arm: z.string(),
  seed: z.int(),
  step: z.int(),
  solo: perPeer,
  idea3: perPeer,
  debate: perPeer.optional(),
  vote: accuracy.optional(),
  ood: perPeer.optional(),
  /** Per peer and skill, greedy. */
  skills: perSkill,
  /** Per peer and skill, at the run's temperature. */
  sampled: perSkill.optional(),
  trainedTokens: z.int(),
  generatedTokens: z.int(),
  seconds: z.number(),
  /** Held-out questions. */
  n: z.int(),
  /** Digest of the run's configuration and models. */
  config: z.string(),
  /** Whether it is the run's last; only then the rest is there. */
  final: z.boolean(),
  end: z.enum(['steps', 'budget', 'early-stop']).optional(),
  cost: costSchema.optional(),
  /** Step metrics by name, one value a step; null where a step has none. */
  series: z.record(z.string(), z.array(z.number().nullable())).optional(),
})

/** Where, with what and of which configurations results are from. */
const headerSchema = z.strictObject({
  study: z.literal(1),
  scenarios: z.record(z.string(), z.string()),
  versions: z.record(z.string(), z.string()),
  machine: z.strictObject({ processor: z.string(), cores: z.int() }),
})

export type StudyLine = z.infer<typeof lineSchema>
export type StudyHeader = z.infer<typeof headerSchema>

/** A finished run: its evaluations in order, the last of them final. */
export interface StudyRun extends Job {
  readonly lines: readonly StudyLine[]
}

export interface Results {
  readonly header: StudyHeader
  readonly runs: readonly StudyRun[]
}

/** What a text of results holds, and how many of its bytes are whole: the rest was being written when it was cut off. */
export interface ReadResults {
  /** Null where not even the first line is whole. */
  readonly results: Results | null
  readonly wholeBytes: number
}

/**
 * Reads the results file's text. A run whose last line is not there was cut off and counts as not run.
 * @throws ColloquyError `storage` naming a line that is damaged in a way that being cut off does not explain.
 */
export function parseResults(text: string, name: string): ReadResults {
  const rows = text.split('\n')
  // What follows the last line break is empty, or a line that was cut off.
  rows.pop()
  if (rows.length === 0) return { results: null, wholeBytes: 0 }
  const read = <T>(schema: z.ZodType<T>, row: number): T => {
    try {
      return schema.parse(JSON.parse(rows[row]))
    } catch (cause) {
      throw new ColloquyError(
        {
          code: 'storage',
          what: `${name}, line ${row + 1}`,
          found: `${JSON.stringify(rows[row].slice(0, 60))}`,
          wanted: row === 0 ? 'the head of a study’s results' : 'a line of a study’s results',
          todo: 'Move the file away, or choose another folder with --out',
        },
        { cause },
      )
    }
  }
  const header = read(headerSchema, 0)
  const runs = new Map<string, StudyRun>()
  let wholeRows = 1
  let lines: StudyLine[] = []
  for (let row = 1; row < rows.length; row++) {
    const line = read(lineSchema, row)
    lines.push(line)
    if (!line.final) continue
    const { scenario, arm, seed } = line
    // Two studies at once may both have run it; the same run has the same results.
    const run = { scenario, arm, seed, lines }
    if (!runs.has(jobName(run))) runs.set(jobName(run), run)
    lines = []
    wholeRows = row + 1
  }
  const whole = `${rows.slice(0, wholeRows).join('\n')}\n`
  return { results: { header, runs: [...runs.values()] }, wholeBytes: Buffer.byteLength(whole) }
}

/** The study that a results file must belong to. */
export interface ExpectedDigests {
  /** The digest of a scenario's common settings; null where the study has no such scenario. */
  ofScenario(name: string): string | null
  /** The digest of a run; null where the study has no such scenario or arm. */
  ofRun(job: Job): string | null
}

/** @throws ColloquyError `config` where results are of another configuration: they are not mixed. */
export function checkDigests({ header, runs }: Results, study: ExpectedDigests, name: string): void {
  const refuse = (of: string, found: string, wanted: string): never => {
    throw new ColloquyError({
      code: 'config',
      what: `${name} (${of})`,
      found,
      wanted,
      todo: 'Go back to the settings and models it was made with, choose another folder with --out, or move the file away',
    })
  }
  for (const [scenario, found] of Object.entries(header.scenarios)) {
    const wanted = study.ofScenario(scenario)
    if (wanted !== null && found !== wanted)
      refuse(`scenario ${scenario}`, `results of configuration ${found}`, `configuration ${wanted}`)
  }
  for (const run of runs) {
    const wanted = study.ofRun(run)
    const found = run.lines[0].config
    if (wanted === null) refuse(`run ${jobName(run)}`, `configuration ${found}`, 'a run of this study')
    else if (found !== wanted)
      refuse(`run ${jobName(run)}`, `results of configuration ${found}`, `configuration ${wanted}`)
  }
}
