import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ColloquyError } from '../errors'
import { jsonBytes } from '../ilr/digest_chain'
import type { ExpectedDigests } from './results'
import { configOf, type Job, REFERENCE_ARM, type Study } from './scenarios'

/** Enough of a SHA-256 to tell studies apart, and short enough to be read. */
const DIGITS = 12

function digest(value: unknown): string {
  return createHash('sha256').update(jsonBytes(value)).digest('hex').slice(0, DIGITS)
}

/** Digests of configurations together with the model files that they name: equal ones give equal runs. */
export class StudyDigests implements ExpectedDigests {
  private readonly models = new Map<string, string>()

  /** @param root the folder in which model folders are found */
  constructor(
    private readonly study: Study,
    private readonly root: string,
  ) {}

  /** Of a run. @throws ColloquyError `model-file` where a model folder cannot be read */
  run(job: Job): string {
    const config = configOf(this.study, job)
    return digest({ config, models: config.peers.map(({ source }) => this.model(source)) })
  }

  ofRun(job: Job): string | null {
    const { scenarios, arms } = this.study
    return Object.hasOwn(scenarios, job.scenario) && Object.hasOwn(arms, job.arm) ? this.run(job) : null
  }

  ofScenario(scenario: string): string | null {
    return this.ofRun({ scenario, arm: REFERENCE_ARM, seed: 0 })
  }

  private model(source: string): string {
    const known = this.models.get(source)
    if (known !== undefined) return known
    const made = this.hashFolder(source)
    this.models.set(source, made)
    return made
  }

  private hashFolder(source: string): string {
    const folder = join(this.root, source)
    try {
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        // A model card changes nothing that is computed.
        .filter((entry) => entry.isFile() && entry.name !== 'README.md')
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
        .sort()
      const hash = createHash('sha256')
      for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(folder, file)))
      return hash.digest('hex')
    } catch (cause) {
      throw new ColloquyError(
        {
          code: 'model-file',
          what: source,
          found: `a folder that cannot be read (${(cause as NodeJS.ErrnoException).code})`,
          wanted: 'a model folder',
          todo: 'Make the peers with npm run pretrain',
        },
        { cause },
      )
    }
  }
}
