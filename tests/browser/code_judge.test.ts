import { afterAll, expect, test } from 'vitest'
import { browserPort } from '../../workers/browser/browser_worker'
import { WorkerJudge } from '../../workers/judge/judge_host'

const open = () =>
  browserPort(new Worker(new URL('../../workers/judge.worker.ts', import.meta.url), { type: 'module' }))
const judge = new WorkerJudge(open)
afterAll(() => judge.close())

const run = (source: string) => judge.execute({ source, name: 'f', calls: [[1], [[2, { a: 'x' }]]] })
const ECHO = 'function f(x) { return x }'
const ECHOED = { loaded: true, returned: [1, [2, { a: 'x' }]] }

test('runs a function and returns its result', async () => {
  expect(await run(ECHO)).toEqual(ECHOED)
  expect(await run('const f = (x) => [x].length + "!"')).toEqual({ loaded: true, returned: ['1!', '1!'] })
})

test.each([
  ['loops for ever', 'function f() { for (;;); }', true],
  ['calls itself for ever', 'function f(x) { return f(x) + 1 }', true],
  ['fetches', 'async function f() { return fetch("/") }', true],
  ['fetches while loading', 'fetch("/"); const f = (x) => x', false],
  ['imports', 'function f() { return import("/src/index.ts") }', true],
  ['reaches for the page', 'function f() { return document.title }', true],
  ['reaches for its worker', 'function f() { self.postMessage("x"); self.close(); return 1 }', true],
  ['nests brackets', 'eval("(".repeat(1e6)); const f = (x) => x', false],
  ['fills the memory', 'function f() { let a = ["x"]; for (;;) a = a.concat(a) }', true],
])('a program that %s returns nothing and leaves the judge as it was', async (_, source, loaded) => {
  expect(await run(source)).toEqual({ loaded, returned: loaded ? [undefined, undefined] : [] })
  expect(await run(ECHO)).toEqual(ECHOED)
})

test('terminates the worker of a program that cannot be interrupted', async () => {
  const hasty = new WorkerJudge(open, 2)
  await hasty.execute({ source: ECHO, name: 'f', calls: [] })
  const source = 'function f() { return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) }'
  expect(await hasty.execute({ source, name: 'f', calls: [[1]] })).toEqual({ loaded: false, returned: [] })
  expect(await hasty.execute({ source: ECHO, name: 'f', calls: [[3]] })).toEqual({
    loaded: true,
    returned: [3],
  })
  hasty.close()
})
