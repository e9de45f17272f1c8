import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { parseSync } from 'vite'
import { expect, test } from 'vitest'

/** Every source that a run's digest can depend on. */
const SOURCES = [
  'src/exact_math.ts',
  'src/part_hash.ts',
  'src/random.ts',
  'src/report/averages.ts',
  'src/scope.ts',
  ...[
    'src/config',
    'src/grpo',
    'src/ilr',
    'src/matrix',
    'src/model',
    'src/onnx',
    'src/runs',
    'src/tasks',
    'workers',
  ].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  ),
]

/** Sources that workers load, but whose arithmetic affects no digest. */
const BESIDE = /^src\/(?:gpu\/|hub\/|report\/format\.ts$|errors\.ts$|schema\.ts$)/

/** Members of Math that ECMAScript defines exactly. The others are "implementation-approximated". */
const EXACT = new Set('abs ceil clz32 floor fround imul max min round sign sqrt trunc LN2 PI'.split(' '))
/** Clocks, randomness, and globals that depend on the visitor's language. */
const GLOBALS = new Set(['Date', 'Intl', 'Temporal', 'performance'])
const PROPERTIES = /^(?:toLocale\w*|localeCompare|randomUUID|getRandomValues)$/

/** Exceptions by file, with their reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/runs/checkpoints.ts: Date': 'when a checkpoint was written, which is shown and nothing more',
  'src/runs/file/write_run_file.ts: Date': 'one fixed date for the files of every archive',
  'workers/run_host.ts: performance': 'the clock of step times, which no digest covers',
  'workers/browser/browser_worker.ts: .randomUUID': 'the name of a lock',
  'workers/browser/tabs.ts: .randomUUID': 'tells a tab’s word to itself from another tab’s',
}

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  value !== null && typeof value === 'object' && typeof (value as Node).type === 'string'

function isWhole(node: unknown): boolean {
  if (!isNode(node)) return false
  if (node.type === 'UnaryExpression') return node.operator === '-' && isWhole(node.argument)
  return node.type === 'Literal' && Number.isInteger(node.value)
}

/**
 * `2 ** 20` and BigInt's powers are exact; `x ** 2` is not, not even the same before and after V8 compiles
 * it.
 */
function isExactPower({ left, right }: Node): boolean {
  if (!isNode(left) || left.type !== 'Literal') return false
  return typeof left.value === 'bigint' || (left.value === 2 && isWhole(right))
}

/** Returns the names in a source whose results may differ between engines, machines or moments. */
function engineDependent(source: string): string[] {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (!isNode(value)) return
    const { type, operator, object, property, computed, name } = value
    if (type === 'MemberExpression' && isNode(property)) {
      const member = computed ? '[…]' : String(property.name)
      if (PROPERTIES.test(member)) found.add(`.${member}`)
      if (isNode(object) && object.name === 'Math') {
        if (!EXACT.has(member)) found.add(`Math.${member}`)
        visit(computed ? property : null)
        return
      }
      visit(object)
      if (computed) visit(property)
      return
    }
    if (type === 'Property' && !value.shorthand && !computed) {
      visit(value.value)
      return
    }
    if (type === 'BinaryExpression' && operator === '**' && !isExactPower(value)) found.add('**')
    if (type === 'AssignmentExpression' && operator === '**=') found.add('**')
    if (type === 'Identifier' && (name === 'Math' || GLOBALS.has(String(name)))) found.add(String(name))
    for (const [field, child] of Object.entries(value)) if (field !== 'typeAnnotation') visit(child)
  }
  const { program, errors } = parseSync('source.ts', source)
  expect(errors).toEqual([])
  visit(program)
  return [...found]
}

test('code that feeds a digest avoids functions that engines may compute differently', () => {
  const found = SOURCES.flatMap((file) =>
    engineDependent(readFileSync(file, 'utf8')).map((use) => `${file}: ${use}`),
  )
  // The list must match exactly, so an entry that is no longer needed fails too.
  expect(found.sort()).toEqual(Object.keys(ALLOWED).sort())
})

/** Returns the sources that a source loads when it runs: imports of types are not among them. */
function loadedBy(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync('source.ts', text).module
  const requests = [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (moduleRequest && !isType ? moduleRequest.value : [])),
    ),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
  return requests
    .filter((request) => request.startsWith('.') && !request.includes('?'))
    .map((request) => {
      const path = posix.join(dirname(file), request)
      const found = [path, `${path}.ts`, `${path}/index.ts`].find(
        (name) => name.endsWith('.ts') && existsSync(name),
      )
      if (found === undefined) throw new Error(`${file} loads ${request}, which was not found`)
      return found
    })
}

test('checks every source that a run’s workers load, also in subfolders', () => {
  const entries = readdirSync('workers').filter((name) =>
    /^(?:run|peer|judge)\.(?:worker|node)\.ts$/.test(name),
  )
  expect(entries).toHaveLength(6)
  const loaded = new Set(entries.map((name) => `workers/${name}`))
  for (const file of loaded) for (const other of loadedBy(file)) loaded.add(other)
  expect([...loaded].filter((file) => file.startsWith('src/runs/file/'))).not.toEqual([])
  expect([...loaded].filter((file) => !SOURCES.includes(file) && !BESIDE.test(file))).toEqual([])
})

test.each([
  ['Math.exp(x)', ['Math.exp']],
  ['const { log } = Math', ['Math']],
  ['Math[name](x)', ['Math.[…]']],
  ['x ** 2', ['**']],
  ['2 ** x', ['**']],
  ['x **= 2', ['**']],
  ['names.sort((a, b) => a.localeCompare(b))', ['.localeCompare']],
  ['new Intl.NumberFormat()', ['Intl']],
  ['Date.now()', ['Date']],
  ['f({ now: performance.now })', ['performance']],
  // Exact operations pass.
  ['Math.sqrt(x) * 2 ** -23 * 2 ** 20 + Number(10n ** n) + Math.PI', []],
  ['const table = { Date: 1, performance: 2 }; table.Date', []],
])('%s', (source, uses) => {
  expect(engineDependent(source)).toEqual(uses)
})
