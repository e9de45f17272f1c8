/** `npm run study`: see `STUDY_COMMAND`. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ColloquyError } from '../errors'
import { StudyDigests } from '../study/digest'
import { finalOf } from '../study/measures'
import { RunRecord } from '../study/record'
import type { StudyHeader } from '../study/results'
import { ResultsFile, readResults, writeCsv } from '../study/results_file'
import { runInProcess } from '../study/run_process'
import { configOf, type Job, jobName, neededBy, withBudgets } from '../study/scenarios'
import { jobsOf, runJobs } from '../study/schedule'
import { type Places, writeReport } from '../study/write_report'
import { runCommand } from './command'
import { defaultOut, KEPT, STUDY_COMMAND, type StudyOptions, studyOptions } from './study/study_options'
import { StudyProgress } from './study/study_progress'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
function packageVersion(path: string): string {
  const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }
  return version
}

function headerOf(digests: StudyDigests, { scenarios }: StudyOptions['selection']): StudyHeader {
  const processors = cpus()
  return {
    study: 1,
    scenarios: Object.fromEntries(scenarios.map((name) => [name, digests.ofScenario(name) ?? ''])),
    versions: {
      colloquy: packageVersion('../../package.json'),
      'onnxruntime-web': packageVersion('../../node_modules/onnxruntime-web/package.json'),
      node: process.versions.node,
    },
    machine: { processor: processors[0]?.model.trim() || process.arch, cores: availableParallelism() },
  }
}

/** Runs what is missing. Returns how many runs are missing still. */
async function runStudy(
  { study, selection, jobs: wanted, out }: StudyOptions,
  file: ResultsFile,
  digests: StudyDigests,
  signal: AbortSignal,
): Promise<number> {
  const parallel = wanted ?? availableParallelism()
  const jobs = jobsOf(study, selection)
  const progress = new StudyProgress(process.stderr, jobs, parallel, () => file.runs)
  // What every run of an arm says is said once.
  const warned = new Set<string>()
  const warn = (job: Job, message: string) => {
    const text = `${job.scenario} ${job.arm}: ${message}`
    if (!warned.has(text)) progress.say(text)
    warned.add(text)
  }
  const done = (job: Job) => file.runs.find((run) => jobName(run) === jobName(job))

  const { failed, blocked } = await runJobs({
    study,
    jobs,
    parallel,
    signal,
    isDone: (job) => done(job) !== undefined,
    onCrash(job, error, again) {
      progress.ended(job)
      const said = error instanceof Error ? error.message : String(error)
      progress.say(
        `${jobName(job)} crashed${again ? ', is tried once more' : ' again, is left out'}: ${said}`,
      )
    },
    async run(job) {
      const needed = neededBy(study, job)
      const reference = needed && done(needed)
      const config = configOf(study, job)
      const budgeted = reference ? withBudgets(config, finalOf(reference)) : config
      const record = new RunRecord()
      progress.started(job, budgeted, record)
      await runInProcess(
        budgeted,
        (event) => {
          record.take(event)
          if (event.type === 'warning') warn(job, event.message)
          progress.show()
        },
        signal,
      )
      const lines = record.lines(job, digests.run(job))
      if (lines === null)
        throw new ColloquyError({
          code: 'worker',
          what: `run ${jobName(job)}`,
          found: 'no evaluation',
          wanted: 'at least one',
          todo: 'Look at its settings',
        })
      progress.finished(file.add(lines))
      writeCsv(out, file.runs)
    },
  })
  progress.clear()
  for (const job of failed) console.error(`failed: ${jobName(job)}`)
  for (const job of blocked)
    console.error(`not run, since the run it takes its tokens from failed: ${jobName(job)}`)
  return jobs.filter((job) => done(job) === undefined).length
}

async function main(options: StudyOptions, signal: AbortSignal): Promise<void> {
  const { study, out, quick, reportOnly } = options
  const digests = new StudyDigests(study, ROOT)
  const places: Places = {
    results: out,
    document: out === KEPT ? 'docs' : out,
    options: [...(quick ? ['--quick'] : []), ...(out === defaultOut(quick) ? [] : ['--out', out])],
  }
  if (reportOnly) {
    const results = readResults(out, digests)
    writeCsv(out, results.runs)
    console.log(`Written: ${writeReport(study, results, places)}`)
    return
  }
  const file = ResultsFile.open(out, headerOf(digests, options.selection), digests)
  const missing = await runStudy(options, file, digests, signal)
  writeCsv(out, file.runs)
  if (signal.aborted) {
    console.error('Stopped. The same command goes on from here.')
    process.exit(130)
  }
  console.log(`Written: ${writeReport(study, { header: file.header, runs: file.runs }, places)}`)
  if (missing > 0) process.exit(1)
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
await runCommand(STUDY_COMMAND, (given) => main(studyOptions(given), interrupted.signal))
