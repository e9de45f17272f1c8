import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NativeReport } from '../../bench/native/report'
import { performanceMarkdown } from '../../bench/performance'
import { readResults } from '../../bench/results'
import { ColloquyError } from '../../errors'

/**
 * Writes docs/performance.md of a checkout from `results`, its bench/native.json and its bench/remarks.md, each of which may be
 * missing; measures nothing.
 * @returns the file written, as seen from the checkout
 * @throws ColloquyError where a file is damaged or cannot be written
 */
export function writePerformance(root: string, results: string): string {
  const remarks = join(root, 'bench/remarks.md')
  const text = performanceMarkdown(
    readResults(results),
    readNative(join(root, 'bench/native.json')),
    existsSync(remarks) ? readFileSync(remarks, 'utf8') : '',
  )
  const document = 'docs/performance.md'
  try {
    writeFileSync(join(root, document), text)
  } catch (cause) {
    const found = `a file that cannot be written (${(cause as NodeJS.ErrnoException).code})`
    throw storage(document, found, 'a writable file', 'Make it writable', cause)
  }
  return document
}

function readNative(path: string): NativeReport | null {
  if (!existsSync(path)) return null
  const [wanted, todo] = ['a report of npm run bench:native', 'Restore it, or remove it and measure again']
  let report: Partial<NativeReport> | null
  try {
    report = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw storage(path, 'a file that cannot be read as JSON', wanted, todo, cause)
  }
  if (!Array.isArray(report?.rows)) throw storage(path, 'no list of rows', wanted, todo)
  return report as NativeReport
}

function storage(what: string, found: string, wanted: string, todo: string, cause?: unknown): ColloquyError {
  return new ColloquyError({ code: 'storage', what, found, wanted, todo }, { cause })
}
