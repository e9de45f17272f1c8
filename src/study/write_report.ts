import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { figuresOf } from './figures'
import { reportOf } from './report'
import type { Results } from './results'
import type { Study } from './scenarios'

/** Where a study's results are, and where its document goes. */
export interface Places {
  /** Of `results.jsonl`, and of `remarks.md` where people wrote one. */
  readonly results: string
  /** Of `study.md`, with its figures in `study/` beside it. */
  readonly document: string
  /** Of the command that makes them. */
  readonly options: readonly string[]
}

/** Writes the document and its figures; returns the document's path. */
export function writeReport(study: Study, results: Results, places: Places): string {
  const figureFolder = join(places.document, 'study')
  mkdirSync(figureFolder, { recursive: true })
  const figures = Object.fromEntries(
    Object.keys(study.scenarios).map((name) => [name, figuresOf(study, name, results.runs)]),
  )
  for (const { name, svg } of Object.values(figures).flat()) writeFileSync(join(figureFolder, name), svg)
  const remarks = join(places.results, 'remarks.md')
  const path = join(places.document, 'study.md')
  writeFileSync(
    path,
    reportOf({
      study,
      results,
      figures,
      figureFolder: 'study',
      source: join(places.results, 'results.jsonl'),
      options: places.options,
      remarks: existsSync(remarks) ? readFileSync(remarks, 'utf8') : null,
    }),
  )
  return path
}
