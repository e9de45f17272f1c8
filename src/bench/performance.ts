/** docs/performance.md, all of it from results but the remarks. */
import { ColloquyError } from '../errors'
import { type Comparison, comparisons } from './figures'
import { growsAsTheMethod } from './fit'
import { markdownTable } from './markdown'
import { type NativeReport, nativeMarkdown } from './native/report'
import { COLUMNS, FIT_COLUMNS, fitRows, placeText, ratioText, rowsOf, valueText, wantedText } from './report'
import { type BenchEntry, mergeEntries, SUITES, type Suite } from './results'

const TITLES: Readonly<Record<Suite, string>> = {
  decode: 'Writing answers, next to transformers.js',
  logprobs: 'Token logprobs, next to stored logits',
  train: 'An update: its passes, shared prefixes, other libraries',
  step: 'A whole step',
  load: 'From opening the page to peers that are ready',
  frames: 'Frames while texts stream in',
  memory: 'What a long run holds',
  scaling: 'How cost grows',
  model: 'One model of any size',
}

const OPENING = `# Performance

Written by \`npm run bench -- --report\` from \`bench/results.json\`, \`bench/native.json\` and \`bench/remarks.md\`; do not edit it.

\`\`\`
npm run bench                           # every suite on wasm, in a headless Chrome, Chromium or Edge
npm run bench -- --on webgpu            # on a GPU
npm run bench -- decode --quick         # one suite, few rounds, only printed
npm run bench:native -- --json bench/native.json    # the WGSL kernels without a browser
npm run bench -- --report               # writes this document, measures nothing

# A whole step in turns with the checkout from before training read shared prefixes once:
git worktree add ../colloquy-before e6bf3da
(cd ../colloquy-before && npm ci && npm run build)
npm run bench -- step --baseline ../colloquy-before
\`\`\`

## How to read it

- Sides that are compared take turns in the same run, one sample of each a round, after a round to warm up; who goes first changes with
  every round. Values are medians over rounds. A ratio is the median of the rounds' own quotients, so that a machine whose speed
  drifts drifts for both: **ratios say more than values.**
- *4 ×* says how many times as good the first value is, faster or smaller; *0.6 of it* is a share of the other's value.
- *wanted* is a bar of the suite (\`src/bench/suites/\`); a line without one is there to be known.`

/**
 * @param remarks by people, in Markdown: a section for each suite that has some, named as the suite is
 * @throws ColloquyError `config` where a section of the remarks is of no suite
 */
export function performanceMarkdown(
  entries: readonly BenchEntry[],
  native: NativeReport | null,
  remarks: string,
): string {
  const ordered = mergeEntries([], entries)
  const remarked = remarksBySection(remarks)
  const sections = [
    OPENING,
    '## What holds',
    summary(ordered),
    ...SUITES.flatMap((suite) => [
      `## ${suite}: ${TITLES[suite]}`,
      ...suiteSection(ordered.filter((entry) => entry.suite === suite)),
      ...(remarked.get(suite) ?? []),
    ]),
    '## native: the WGSL kernels, each alone',
    nativeMarkdown(native).trimEnd(),
    ...(remarked.get('native') ?? []),
  ]
  return `${sections.join('\n\n')}\n`
}

/** Texts by the names of their sections, as lists of none or one. */
function remarksBySection(remarks: string): ReadonlyMap<string, readonly string[]> {
  const known: readonly string[] = [...SUITES, 'native']
  const [before, ...sections] = remarks.split(/^## /m)
  const named = sections.map((section) => {
    const [name, ...lines] = section.split('\n')
    return { name: name.trim(), text: lines.join('\n').trim() }
  })
  const names = named.map(({ name }) => name)
  const strange =
    before.trim() === '' ? names.find((name, i) => !known.includes(name) || names.indexOf(name) < i) : ''
  if (strange !== undefined)
    throw new ColloquyError({
      code: 'config',
      what: 'remarks on the benchmark',
      found: strange === '' ? 'text before the first section' : `section ${JSON.stringify(strange)}`,
      wanted: `sections of these names, each once: ${known.join(', ')}`,
      todo: 'Put the text into a section that is shown',
    })
  return new Map(named.map(({ name, text }) => [name, text === '' ? [] : [text]]))
}

/** Every line with a bar, and every exponent next to the method's own. */
function summary(entries: readonly BenchEntry[]): string {
  const rows = entries.flatMap((entry) => {
    const place = entry.adapter?.software ? `${entry.place}, played by a processor` : entry.place
    const start = [entry.suite, entry.quick ? `${place}, quick` : place]
    const lines = entry.figures.flatMap(comparisons).filter(({ bar }) => bar !== null)
    return [
      ...lines.map((line) => [...start, ...barCells(line)]),
      ...entry.fits.map((fit) => {
        const [cost, against, , exponent] = fitRows([fit])[0]
        const verdict = growsAsTheMethod(fit) ? 'holds' : 'does not hold'
        return [
          ...start,
          `exponent of ${cost} over ${against}`,
          exponent,
          `≤ ${fit.own}, two errors granted`,
          emphasized(verdict),
        ]
      }),
    ]
  })
  if (rows.length === 0) return 'Not measured.'
  const holding = rows.filter((cells) => cells[5] === 'holds').length
  return [
    `Bars that hold: ${holding} of ${rows.length}.`,
    markdownTable(
      ['suite', 'place', 'what', 'found', 'wanted', ''],
      rows,
      (column) => column === 3 || column === 4,
    ),
  ].join('\n\n')
}

function barCells(line: Comparison): string[] {
  const { figure, against, value, bar, verdict } = line
  return [
    against === null ? figure.name : `${figure.name}; ${figure.sides[0].name} next to ${against.name}`,
    against === null ? valueText(value, figure.unit) : ratioText(line),
    wantedText(bar, figure),
    emphasized(verdict),
  ]
}

function emphasized(verdict: Comparison['verdict']): string {
  return verdict === 'does not hold' ? '**does not hold**' : (verdict ?? '')
}

function suiteSection(entries: readonly BenchEntry[]): string[] {
  if (entries.length === 0) return ['Not measured.']
  return entries.flatMap((entry) => {
    const { place, peer, commit, date, setting, figures, fits } = entry
    const rows = rowsOf(entry).map((cells) => [
      ...cells.slice(0, 6),
      cells[6] === 'does not hold' ? `**${cells[6]}**` : cells[6],
    ])
    const notes = figures.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`]))
    return [
      `### ${place}`,
      `${placeText(entry)}; peer ${peer}; commit ${commit}, ${date.slice(0, 10)}.`,
      ...(setting.length > 0 ? [setting.join(' ')] : []),
      ...(rows.length > 0 ? [markdownTable(COLUMNS, rows, (column) => [1, 3, 4].includes(column))] : []),
      ...(fits.length > 0 ? [markdownTable(FIT_COLUMNS, fitRows(fits), (column) => column === 3)] : []),
      ...(notes.length > 0 ? [notes.join('\n')] : []),
    ]
  })
}
