/** docs/performance.md and one file of details for each suite, from recorded results and written remarks. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ColloquyError } from '../errors'
import { markdownDocument, markdownTable } from '../report/text'
import { comparisons, type Verdict } from './figures'
import { growsAsTheMethod } from './fit'
import { type NativeReport, nativeMarkdown } from './native/report'
import {
  COLUMNS,
  exponentText,
  FIT_COLUMNS,
  fitRows,
  notesOf,
  placeText,
  RIGHT_COLUMNS,
  ratioText,
  rowsOf,
  valueText,
  wantedText,
} from './report'
import { type BenchEntry, mergeEntries, readJson, readResults, type Suite, writeText } from './results'

const TITLES: Readonly<Record<Suite | 'native', string>> = {
  decode: 'writing answers, next to transformers.js',
  logprobs: 'token logprobs, next to stored logits',
  train: 'an update: its passes, shared prefixes, other libraries',
  step: 'a whole step',
  load: 'from opening the page to ready peers',
  frames: 'frames while texts stream in',
  memory: 'what a long run holds',
  scaling: 'how cost grows',
  f16: 'activations in f16',
  model: 'models of real sizes',
  encode: 'what encoding for a GPU costs the processor',
  native: 'each WGSL kernel alone',
}
const SECTIONS = Object.keys(TITLES) as (keyof typeof TITLES)[]

/** Section of the remarks that belongs to docs/performance.md itself. */
const SUMMARY = 'summary'

const OPENING = `# Performance

\`npm run bench -- --report\` writes this document and the details in \`bench/results/\` from \`bench/results.json\`,
\`bench/native.json\` and \`bench/remarks.md\`. Do not edit them.

\`\`\`
npm run bench -- decode                 # one suite on wasm, in a headless Chrome, Chromium or Edge
npm run bench -- decode --on webgpu     # on a GPU; --on node needs no browser
npm run bench -- decode --quick         # few rounds, prints only
npm run bench:native -- --json bench/native.json    # the WGSL kernels without a browser
\`\`\`

## Bars

- Sides take turns in one run, after a round to warm up. Values are medians over rounds. A ratio is the median of the
  rounds' own quotients, so a drift of the machine's speed cancels.
- *4 ×* means four times as fast or as small. *0.6 of it* is a share of the other side's value.
- An exponent holds if it exceeds the method's own by at most two standard errors.
- Bold values miss their bar. A *software GPU* is a processor that emulates one: its times say nothing about a GPU.
- The suites link to their settings, machines, versions and all other figures.`

/** Texts by the path of their file, seen from the checkout. */
export type Documents = ReadonlyMap<string, string>

/**
 * @param remarks Markdown with one section for each suite, for `native` and for `summary`; any may be missing
 * @throws ColloquyError `config` for a section with another name
 */
export function performanceDocuments(
  entries: readonly BenchEntry[],
  native: NativeReport | null,
  remarks: string,
): Documents {
  const ordered = mergeEntries([], entries)
  const remarked = remarksBySection(remarks)
  const details = SECTIONS.map((name): [string, string] => {
    const parts = [
      `# ${name}: ${TITLES[name]}`,
      'Written by `npm run bench -- --report`; do not edit it.',
      ...(remarked.get(name) ?? []),
      ...(name === 'native' ? [nativeMarkdown(native)] : suiteDetails(ordered, name)),
    ]
    return [`bench/results/${name}.md`, markdownDocument(parts)]
  })
  const summary = [OPENING, barsTable(ordered), ...(remarked.get(SUMMARY) ?? [])]
  return new Map([['docs/performance.md', markdownDocument(summary)], ...details])
}

/** Texts by section, each as a list of none or one. */
function remarksBySection(remarks: string): ReadonlyMap<string, readonly string[]> {
  const known: readonly string[] = [...SECTIONS, SUMMARY]
  const [before, ...sections] = remarks.split(/^## /m)
  const named = sections.map((section): [string, string[]] => {
    const [name, ...lines] = section.split('\n')
    const text = lines.join('\n').trim()
    return [name.trim(), text === '' ? [] : [text]]
  })
  const names = named.map(([name]) => name)
  const strange = names.find((name, i) => !known.includes(name) || names.indexOf(name) < i)
  if (before.trim() !== '' || strange !== undefined)
    throw new ColloquyError({
      code: 'config',
      what: 'remarks on the benchmark',
      found: before.trim() !== '' ? 'text before the first section' : `section ${JSON.stringify(strange)}`,
      wanted: `sections of these names, each once: ${known.join(', ')}`,
      todo: 'Move the text into a section that is shown',
    })
  return new Map(named)
}

/** One bar as it came out at one place. */
interface Result {
  readonly suite: Suite
  readonly claim: string
  readonly rival: string
  readonly wanted: string
  readonly found: string
  readonly verdict: Verdict
}

function resultsOf(entry: BenchEntry): Result[] {
  const { suite } = entry
  const place = entry.adapter?.software ? 'software GPU' : entry.place
  const found = (value: string) => `${entry.quick ? `${place}, quick` : place} ${value}`
  const lines = entry.figures.flatMap(comparisons).flatMap((line): Result[] => {
    const { figure, against, value, bar, verdict } = line
    if (bar === null || verdict === null) return []
    return [
      {
        suite,
        claim: figure.name,
        rival: against?.name ?? '–',
        wanted: wantedText(bar, figure),
        found: found(against === null ? valueText(value, figure.unit) : ratioText(line)),
        verdict,
      },
    ]
  })
  const fits = entry.fits.map((fit): Result => {
    const verdict = growsAsTheMethod(fit) ? 'holds' : 'does not hold'
    const claim = `exponent of ${fit.cost} over ${fit.against}`
    return {
      suite,
      claim,
      rival: 'the method',
      wanted: `≤ ${fit.own}`,
      found: found(exponentText(fit)),
      verdict,
    }
  })
  return [...lines, ...fits]
}

/** One row for each bar, with the values of all places. */
function barsTable(entries: readonly BenchEntry[]): string {
  const results = entries.flatMap(resultsOf)
  if (results.length === 0) return 'Not measured.'
  const bars = new Map<string, Result[]>()
  for (const result of results) {
    const { suite, claim, rival, wanted } = result
    const bar = [suite, claim, rival, wanted].join('\n')
    bars.set(bar, [...(bars.get(bar) ?? []), result])
  }
  let last: Suite | null = null
  const rows = [...bars.values()].map((places) => {
    const [{ suite, claim, rival, wanted }] = places
    const isFirst = suite !== last
    last = suite
    const missed = places.filter(({ verdict }) => verdict !== 'holds').length
    const values = places.map(({ found, verdict }) => (verdict === 'holds' ? found : `**${found}**`))
    return [
      isFirst ? `[${suite}](../bench/results/${suite}.md)` : '',
      claim,
      rival,
      wanted,
      values.join('; '),
      missed === 0
        ? 'yes'
        : missed === places.length
          ? '**no**'
          : `**in ${places.length - missed} of ${places.length}**`,
      isFirst ? `\`npm run bench -- ${suite}\`` : '',
    ]
  })
  const holding = results.filter(({ verdict }) => verdict === 'holds').length
  const head = ['suite', 'claim', 'next to', 'wanted', 'measured', 'holds', 'command']
  return `${holding} of ${results.length} values meet their bars.\n\n${markdownTable(head, rows)}`
}

function suiteDetails(all: readonly BenchEntry[], suite: Suite): string[] {
  const entries = all.filter((entry) => entry.suite === suite)
  if (entries.length === 0) return ['Not measured.']
  const onGpu = entries.some(({ adapter }) => adapter?.software === false)
  const details = entries.flatMap((entry) => {
    const { place, peer, commit, date, setting, figures, fits } = entry
    const rows = rowsOf(entry).map((cells) =>
      cells.map((cell) => (cell === 'does not hold' ? `**${cell}**` : cell)),
    )
    const notes = notesOf(figures).map((note) => `- ${note}`)
    return [
      `## ${place}`,
      `${placeText(entry)}; peer ${peer}; commit ${commit}, ${date.slice(0, 10)}.`,
      ...(setting.length > 0 ? [setting.join(' ')] : []),
      ...(rows.length > 0 ? [markdownTable(COLUMNS, rows, RIGHT_COLUMNS)] : []),
      ...(fits.length > 0 ? [markdownTable(FIT_COLUMNS, fitRows(fits), [3])] : []),
      ...(notes.length > 0 ? [notes.join('\n')] : []),
    ]
  })
  return onGpu ? details : [...details, 'Not measured on a GPU.']
}

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
