import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ColloquyError } from '../errors'
import { mean } from '../report/averages'
import { type Cells, csvTable } from '../runs/export/csv'
import {
  checkDigests,
  type ExpectedDigests,
  parseResults,
  type Results,
  type StudyHeader,
  type StudyLine,
  type StudyRun,
} from './results'

/** `results.jsonl` in a folder, to which whole runs are added. */
export class ResultsFile {
  private constructor(
    private readonly path: string,
    readonly header: StudyHeader,
    private readonly known: StudyRun[],
  ) {}

  /**
   * Opens a study's results, or begins them; what a killed process left half written is taken away.
   * @throws ColloquyError `config` where they are another study's, `storage` where they are damaged or cannot be written
   */
  static open(folder: string, header: StudyHeader, study: ExpectedDigests): ResultsFile {
    const path = join(folder, 'results.jsonl')
    return storing(path, () => {
      mkdirSync(folder, { recursive: true })
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const { results, wholeBytes } = parseResults(text, path)
      if (results) {
        checkDigests(results, study, path)
        if (wholeBytes < Buffer.byteLength(text)) truncateSync(path, wholeBytes)
        return new ResultsFile(path, results.header, [...results.runs])
      }
      if (text !== '') truncateSync(path, 0)
      append(path, `${JSON.stringify(header)}\n`)
      return new ResultsFile(path, header, [])
    })
  }

  get runs(): readonly StudyRun[] {
    return this.known
  }

  /** Adds a finished run; it is on disk when this returns. */
  add(lines: readonly StudyLine[]): StudyRun {
    storing(this.path, () => append(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join('')))
    const [{ scenario, arm, seed }] = lines
    const run = { scenario, arm, seed, lines }
    this.known.push(run)
    return run
  }
}

/** Writes `results.csv`, the table of all evaluations, into the folder. @throws ColloquyError `storage` */
export function writeCsv(folder: string, runs: readonly StudyRun[]): void {
  const path = join(folder, 'results.csv')
  storing(path, () => {
    const unfinished = `${path}.part`
    writeFileSync(unfinished, csvOf(runs))
    renameSync(unfinished, path)
  })
}

/**
 * Reads a study's results without changing them.
 * @throws ColloquyError `storage` where there are none or they are damaged, `config` where they are another study's
 */
export function readResults(folder: string, study: ExpectedDigests): Results {
  const path = join(folder, 'results.jsonl')
  return storing(path, () => {
    const { results } = parseResults(readFileSync(path, 'utf8'), path)
    if (!results)
      throw new ColloquyError({
        code: 'storage',
        what: path,
        found: 'nothing',
        wanted: 'results of a study',
        todo: 'Run npm run study first',
      })
    checkDigests(results, study, path)
    return results
  })
}

function append(path: string, text: string): void {
  const file = openSync(path, 'a')
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function storing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof ColloquyError || !(cause instanceof Error && 'code' in cause)) throw cause
    const missing = cause.code === 'ENOENT'
    throw new ColloquyError(
      {
        code: 'storage',
        what: path,
        found: missing ? 'no such file' : `a file that cannot be used (${cause.code})`,
        wanted: 'results of a study',
        todo: missing ? 'Run npm run study first' : 'Choose another folder with --out',
      },
      { cause },
    )
  }
}

/** All evaluations as a table with one column per number; a cell is empty where a run did not measure it. */
function csvOf(runs: readonly StudyRun[]): string {
  return csvTable(runs.flatMap(({ lines }) => lines.map(cellsOf)))
}

function cellsOf(line: StudyLine): Cells {
  const { scenario, arm, seed, step, n, trainedTokens, generatedTokens, seconds } = line
  const cells: Record<string, string | number> = {
    ...{ scenario, arm, seed, step, final: Number(line.final), n, trainedTokens, generatedTokens, seconds },
    solo_mean: mean(Object.values(line.solo)),
  }
  for (const name of ['solo', 'idea3', 'debate', 'ood'] as const)
    for (const [peer, value] of Object.entries(line[name] ?? {})) cells[`${name}_${peer}`] = value
  if (line.vote !== undefined) cells.vote = line.vote
  for (const [name, perPeer] of [
    ['solo', line.skills],
    ['sampled', line.sampled ?? {}],
  ] as const)
    for (const [peer, skills] of Object.entries(perPeer))
      for (const [skill, value] of Object.entries(skills)) cells[`${name}_${peer}_${skill}`] = value
  return cells
}
