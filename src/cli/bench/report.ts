import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NativeReport } from '../../bench/native/report'
import { performanceDocuments } from '../../bench/performance'
import { readJson, readResults, writeText } from '../../bench/results'

/**
 * Writes docs/performance.md and bench/results/ of a checkout from `results`, bench/native.json and bench/remarks.md, each of
 * which may be missing.
 * @returns the files written, seen from the checkout
 * @throws ColloquyError if a file is damaged or cannot be written
 */
export function writePerformance(root: string, results: string): string[] {
  const remarks = join(root, 'bench/remarks.md')
  const native = readJson(join(root, 'bench/native.json'), 'rows', 'npm run bench:native')
  const documents = performanceDocuments(
    readResults(results),
    native as NativeReport | null,
    existsSync(remarks) ? readFileSync(remarks, 'utf8') : '',
  )
  for (const [path, text] of documents) writeText(join(root, path), text)
  return [...documents.keys()]
}
