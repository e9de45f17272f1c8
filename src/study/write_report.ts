import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { figuresOf } from './figures'
import { detailsOf, type Report, reportedScenarios, reportOf } from './report'
import type { Results } from './results'
import type { Study } from './scenarios'

/** Where a study's results are, and where its document goes. */
export interface Places {
  /** Folder of `results.jsonl`, of the details of each scenario, and of `remarks.md` if people wrote one. */
  readonly results: string
  /** Folder of `study.md`, with the figures in `study/` beside it. */
  readonly document: string
  /** Options of the command that made the results. */
  readonly options: readonly string[]
}

/** Writes the document, its details and figures; returns the document's path. */
export function writeReport(study: Study, results: Results, places: Places): string {
  const figureFolder = join(places.document, 'study')
  mkdirSync(figureFolder, { recursive: true })
  const figures = Object.fromEntries(
    Object.keys(study.scenarios).map((name) => [name, figuresOf(study, name, results.runs)]),
  )
  for (const { name, svg } of Object.values(figures).flat()) writeFileSync(join(figureFolder, name), svg)
  const remarks = join(places.results, 'remarks.md')
  const report: Report = {
    study,
    results,
    figures,
    options: places.options,
    remarks: existsSync(remarks) ? readFileSync(remarks, 'utf8') : null,
    figureFolder: 'study',
    resultsFolder: relative(places.document, places.results) || '.',
  }
  const folder = relative(places.results, figureFolder)
  for (const name of reportedScenarios(report))
    writeFileSync(join(places.results, `${name}.md`), detailsOf(report, name, folder))
  const path = join(places.document, 'study.md')
  writeFileSync(path, reportOf(report))
  return path
}
