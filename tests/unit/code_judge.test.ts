import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { codeTask } from '../../src/tasks/code/code'
import type { Execution, Value } from '../../src/tasks/code/code_judge'
import type { Question } from '../../src/tasks/task'
import { openCodeJudge } from '../../workers/node/node_worker'

// Threads take seconds to start when all cores are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const judge = openCodeJudge(30)
const task = codeTask(judge)
const NOTHING: Execution = { loaded: false, returned: [] }
const SOUND = { source: 'function f(a) { return a + 1 }', name: 'f', calls: [[1], [41]] }

beforeAll(() => judge.execute(SOUND))
afterAll(() => judge.close())

const run = (source: string, ...calls: Value[][]) => judge.execute({ source, name: 'f', calls })

/** Doubles a number; 0 to null. */
const question: Question = {
  id: 'f',
  text: '',
  answer: JSON.stringify({
    name: 'f',
    tests: [1, 2, 3, -4].map((n) => ({ input: [n], expected: 2 * n })),
  }),
  skill: 'numbers',
  level: 1,
  steps: [],
}
const totalOf = async (source: string) => (await task.reward(question, `\`\`\`js\n${source}\n\`\`\``)).total
const RIGHT = 'function f(n) { return 2 * n }'

describe('values', () => {
  it('cross in both directions unchanged', async () => {
    const values: Value[] = [
      null,
      true,
      -1.5,
      'a "quoted" ü 漢 😀\n',
      [],
      {},
      [[1, [2, []]], { a: [{ b: null }], '0': '', 'x y': false }],
    ]
    const { loaded, returned } = await run('f = (x) => x', ...values.map((value) => [value]))
    expect(loaded).toBe(true)
    expect(returned).toEqual(values)
  })

  it.each([
    ['undefined', 'undefined'],
    ['NaN', 'NaN'],
    ['Infinity', '1 / 0'],
    ['a bigint', '1n'],
    ['a symbol', 'Symbol("x")'],
    ['a function', '() => 1'],
    ['a promise', 'Promise.resolve({})'],
    ['a Map', 'new Map()'],
    ['a boxed number', 'new Number(1)'],
    ['a class instance', 'new (class A {})()'],
    ['a hole', '[1, , 2]'],
    ['a circle', '(() => { const a = []; a.push(a); return a })()'],
    ['a long string', '"x".repeat(1e6)'],
    ['a long list', 'new Array(1e6).fill(0)'],
    ['a list of any length', 'new Array(2 ** 32 - 1)'],
    ['a string cut short by a zero character', '"ab\\0c"'],
  ])('%s is no value', async (_, expression) => {
    expect((await run(`function f() { return ${expression} }`, [])).returned).toEqual([undefined])
  })

  it('include the results of getters, proxies and subclasses', async () => {
    const returned = await run(
      `class More extends Array {}
       const f = (kind) => kind === 0 ? { get a() { return 1 } } : kind === 1 ? new Proxy([1, 2], {}) : More.of(3)`,
      [0],
      [1],
      [2],
    )
    expect(returned.returned).toEqual([{ a: 1 }, [1, 2], [3]])
  })
})

describe('programs', () => {
  it('may recurse and loop as much as a small function needs', async () => {
    const fib = 'const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2))'
    expect((await run(fib, [20])).returned).toEqual([6765])
    expect((await run('function f(n) { return n ? 1 + f(n - 1) : 0 }', [400])).returned).toEqual([400])
    const loop = 'function f(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s }'
    expect((await run(loop, [100_000])).returned).toEqual([4_999_950_000])
  })

  it('have no host, no clock, no randomness and no state of an earlier program', async () => {
    await run('globalThis.left = 1; Object.prototype.left = 1; Array.prototype.map = null; const f = 1')
    const names =
      'left fetch XMLHttpRequest WebSocket document window self postMessage process require Worker'
        .concat(' importScripts Date performance setTimeout crypto indexedDB navigator console WebAssembly')
        .split(' ')
    const { returned } = await run(
      `function f(names) { return names.filter((name) => name in globalThis).concat(typeof Math.random) }`,
      [names],
    )
    expect(returned).toEqual([['undefined']])
    expect((await run('function f(a) { return a.map((x) => x + 1) }', [[1]])).returned).toEqual([[2]])
  })

  it('give the same result every time', async () => {
    const source = 'let n = 0; function f(k) { if (k > 1) for (;;) n++; return ++n }'
    const once = await run(source, [0], [2], [1])
    expect(once).toEqual({ loaded: true, returned: [1, undefined, expect.any(Number)] })
    expect(await run(source, [0], [2], [1])).toEqual(once)
  })
})

/** Description and source of each hostile program; none is right. */
const HOSTILE: [string, string][] = [
  ['loops for ever', 'function f() { for (;;); }'],
  ['loops for ever while loading', `${RIGHT}\nfor (;;);`],
  ['catches its interruption', 'function f() { for (;;) try { for (;;); } catch {} finally { continue } }'],
  ['calls itself for ever', 'function f(n) { return f(n) + 1 }'],
  ['nests brackets', 'eval("(".repeat(1e6)); const f = (n) => 2 * n'],
  ['nests lists', 'function f() { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a }'],
  ['fills the memory', 'function f() { let a = ["x"]; for (;;) a = a.concat(a) }'],
  ['asks for too long a string', 'function f() { return "x".repeat(2 ** 30) }'],
  ['asks for a huge buffer', 'function f() { return new ArrayBuffer(2 ** 31) }'],
  ['has a catastrophic regular expression', 'function f() { return /^(a+)+$/.test("a".repeat(50) + "b") }'],
  ['returns a huge text', 'function f() { return "x".repeat(1e7) }'],
  ['overrides JSON', 'JSON.stringify = JSON.parse = () => "2"; function f() { return {} }'],
  [
    'overrides equality',
    'Object.is = Array.isArray = Reflect.get = () => true; Object.keys = () => []; function f() { return [] }',
  ],
  [
    'sets traps on every object',
    `for (const name of ['0', 'length', 'expected', 'then', 'toJSON', 'valueOf'])
       Object.defineProperty(Object.prototype, name, { get() { return 2 }, set() { throw 1 }, configurable: true })
     function f() { return {} }`,
  ],
  [
    'returns a number in disguise',
    'function f(n) { return { valueOf: () => 2 * n, toString: () => 2 * n } }',
  ],
  [
    'throws what throws',
    'function f() { throw { get message() { throw this }, toString() { throw this } } }',
  ],
  ['throws nothing', 'function f() { throw undefined }'],
  ['returns a hostile proxy', 'function f() { return new Proxy([], { get() { for (;;); } }) }'],
  ['is asynchronous', 'async function f(n) { return 2 * n }'],
  ['yields', 'function* f(n) { yield 2 * n }'],
  ['imports', 'function f(n) { return import("node:fs") }'],
  ['imports while loading', `import fs from 'fs'\n${RIGHT}`],
  ['is no function', 'const f = { call: (n) => 2 * n }'],
  ['hides behind a getter', 'Object.defineProperty(globalThis, "f", { get() { for (;;); } })'],
  ['never settles', 'function f(n) { return { then() { for (;;); } } }'],
  ['looks for the tests', 'function f() { return f.caller?.arguments ?? f.expected ?? new Error().stack }'],
  ['gives up on a constant', 'function f() { return 2 }'],
]

describe('a hostile program', () => {
  it.each(HOSTILE)('that %s loses only its reward', async (_, source) => {
    expect(await totalOf(source)).toBeLessThan(0.2)
    expect(await totalOf(RIGHT)).toBe(1)
  })

  it('that cannot be interrupted is terminated with its worker, and the next one is judged', async () => {
    const hasty = openCodeJudge(1)
    try {
      await hasty.execute({ ...SOUND, calls: [] })
      const endless = 'function f() { return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) }'
      const [hung, sound] = await Promise.all([
        hasty.execute({ ...SOUND, source: endless }),
        hasty.execute(SOUND),
      ])
      expect(hung).toEqual(NOTHING)
      expect(sound).toEqual({ loaded: true, returned: [2, 42] })
    } finally {
      hasty.close()
    }
  })

  it('does not get the wanted results', async () => {
    const told = await run(
      'function f(...all) { return [all.length, this === globalThis, Object.keys(globalThis)] }',
      [1],
    )
    expect(told.returned).toEqual([[1, true, ['f']]])
  })
})

describe('a judge', () => {
  it('answers many at once, each with its own result', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => run(`f = (n) => n + ${i}`, [100])))
    expect(all.map(({ returned }) => returned[0])).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i))
  })

  it('that is closed rejects', async () => {
    const closed = openCodeJudge()
    const waiting = closed.execute(SOUND)
    closed.close()
    await expect(waiting).rejects.toMatchObject({ code: 'worker' })
    await expect(closed.execute(SOUND)).rejects.toMatchObject({ code: 'worker' })
  })
})
