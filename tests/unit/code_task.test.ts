import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { deriveKey, Stream, seedKey } from '../../src/random'
import { codeTask, lastBlock } from '../../src/tasks/code/code'
import { sameValue, type Value } from '../../src/tasks/code/code_judge'
import { CODE_FAMILIES, readChecks } from '../../src/tasks/code/code_questions'
import type { Discussion, Question, Split } from '../../src/tasks/task'
import { openCodeJudge } from '../../workers/node/node_worker'

const SPLITS: Split[] = ['train', 'validation', 'heldout', 'ood']
const key = seedKey(7)

const judge = openCodeJudge(60)
const task = codeTask(judge)
// A thread takes seconds to start when all cores are busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
beforeAll(() => judge.execute({ source: '', name: 'none', calls: [] }))
afterAll(() => judge.close())

const block = (source: string) => `Here it is:\n\`\`\`js\n${source}\n\`\`\``

/** A question of our own: twice a number, except that 0 gives null. */
const doubling: Question = {
  id: 'doubling',
  text: 'Write double(n)',
  answer: JSON.stringify({
    name: 'double',
    tests: [
      { input: [1], expected: 2 },
      { input: [2], expected: 4 },
      { input: [-3], expected: -6 },
      { input: [0], expected: null },
    ],
  }),
  skill: 'numbers',
  level: 1,
  steps: [],
}
const RIGHT = 'function double(n) { return n === 0 ? null : 2 * n }'
const totalOf = async (source: string, question = doubling) =>
  (await task.reward(question, block(source))).total

/** Hand-worked results: family, parameters, and the results of its edges, in order. */
const BY_HAND: [string, (number | string)[], Value[]][] = [
  ['sumMultiples', [3, 5], [0, 3, 60]],
  ['digitScore', [3, 20], [0, 40, 21]],
  ['term', [2, 1, 1, 3], [2, 1, 7]],
  ['lettersInBase', [2, 0], ['a', 'ba', 'bb']],
  ['coprimeCount', [12], [0, 1, 4]],
  ['evaluatePostfix', [7, 2], [5, 5, 1]],
  ['countLetters', ['a', 'e', 'i'], [0, 3]],
  ['markEvery', [3, '*', 'end'], ['', '*bc*ef*hi*kl']],
  ['joinWords', [5, 'in upper case', '-', 'opposite'], ['', 'PEARL-UMBRA-WILLOW-BANANA']],
  ['shiftLetters', [1, 2], ['', 'b a', 'yaa']],
  ['bracketScore', ['()', '[]', 3], [0, 3, -1000, -1]],
  ['keepAndChange', ['even', 'squared', 'list'], [[], [0, 4, 256]]],
  ['blockValues', [3, 'sum', 1], [[], [7, 16, 25, 34]]],
  ['rotateAndDrop', [1, 'left', 2], [[], [7], [2, 4, 6, 1]]],
  ['countWindows', [2, 'more', 13], [0, 0, 2]],
  ['countPairs', ['a sum divisible by 4'], [0, 0, 6]],
  ['turnGrid', ['turned by a quarter clockwise', 3], [[[3]], [[1], [2], [3]], [[2, 1]]]],
  ['namesOfAge', [10, 20, 'sorted'], [[], ['Ada', 'Jo']]],
  ['tallyRemainders', [3, 5], [{}, { '2': 2 }]],
  ['takings', [2, 3], [{}, { tea: 15 }]],
  ['ranking', [2, 10, ':'], [[], ['Ben:10', 'Jo:10']]],
  ['treeScore', [3, 2], [15, 13]],
]

/** Other implementations, which read the parameters from the question's text. */
const OTHERS: Record<string, (numbers: number[], text: string) => string> = {
  sumMultiples: ([, a, b]) =>
    `const sumMultiples = (n) => [...Array(n + 1).keys()].reduce((s, i) => i % ${a} && i % ${b} ? s : s + i, 0)`,
  coprimeCount: ([, , k]) => `function coprimeCount(n) {
    const primes = [2, 3, 5, 7].concat([...Array(300).keys()].filter((p) => p > 7 && [2, 3, 5, 7, 11, 13, 17].every((d) => p === d || p % d))).filter((p) => ${k} % p === 0)
    let count = 0
    for (let i = 1; i <= n; i++) if (primes.every((p) => i % p !== 0)) count++
    return count
  }`,
  shiftLetters: (_, text) => {
    const [, even, odd] = /moved (\d+) and .* moved (\d+) further/.exec(text) ?? []
    return `function shiftLetters(text) {
      let out = ''
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i)
        out += code === 32 ? ' ' : String.fromCharCode(97 + (code - 97 + (i % 2 ? ${odd} : ${even})) % 26)
      }
      return out
    }`
  },
  tallyRemainders: (_, text) => {
    const [, divisor, least] = /division by (\d+) .* at least (\d+)/.exec(text) ?? []
    return `const tallyRemainders = (list) => {
      const counts = new Map()
      list.forEach((x) => { if (!(x < ${least})) counts.set(x % ${divisor}, 1 + (counts.get(x % ${divisor}) || 0)) })
      return Object.fromEntries(counts)
    }`
  },
  ranking: (_, text) => {
    const [, separator, places] = /like "Ada(.)7" of the best (\w+)/.exec(text) ?? []
    const [, least] = /at least (\d+) points/.exec(text) ?? []
    return `function ranking(players) {
      const left = players.filter((p) => p.points >= ${least})
      const best = []
      while (left.length && best.length < ${places === 'one' ? 1 : places}) {
        let top = 0
        left.forEach((p, i) => { if (p.points > left[top].points || (p.points === left[top].points && p.name < left[top].name)) top = i })
        const [p] = left.splice(top, 1)
        best.push(p.name + '${separator}' + p.points)
      }
      return best
    }`
  },
}

describe('questions', () => {
  it.each(BY_HAND)('%s with %j gives the hand-worked results', (name, parameters, wanted) => {
    const family = CODE_FAMILIES.find((one) => one.name === name)
    for (let i = 0; i < 100_000; i++) {
      const draft = family?.draft(new Stream(deriveKey(key, i)))
      if (draft?.parameters.join() !== parameters.join()) continue
      const tests = draft.tests(new Stream(key), wanted.length)
      expect(tests.map(({ expected }) => expected)).toEqual(wanted)
      return
    }
    expect.unreachable('these parameters are never drawn')
  })

  it('every family has a hand-worked line', () => {
    expect(BY_HAND.map(([name]) => name).sort()).toEqual(CODE_FAMILIES.map(({ name }) => name).sort())
  })

  it('are the same for the same key, have different ids, and are balanced over topics and levels', () => {
    for (const split of SPLITS) {
      const found = task.questions(split, key, 240)
      expect(found).toEqual(task.questions(split, key, 240))
      expect(new Set(found.map(({ id }) => id)).size).toBe(240)
      expect(new Set(found.map(({ text }) => text)).size).toBe(240)
      const levels = split === 'ood' ? [4] : [1, 2, 3]
      const cells = task.skills.flatMap((skill) =>
        levels.map((level) => found.filter((q) => q.skill === skill && q.level === level).length),
      )
      expect(new Set(cells)).toEqual(new Set([240 / cells.length]))
    }
  })

  it('share no function between splits, and no family with ood', () => {
    const texts = SPLITS.map((split) => task.questions(split, key, 300).map(({ text }) => text))
    const functions = texts.map((all) => new Set(all.map((text) => text.replace(/ For example.*/s, ''))))
    for (const [i, one] of functions.entries())
      for (const other of functions.slice(i + 1))
        expect([...one].filter((text) => other.has(text))).toEqual([])
    const names = texts.map((all) => new Set(all.map((text) => /function (\w+)/.exec(text)?.[1])))
    for (const trained of names.slice(0, 3))
      expect([...trained].filter((name) => names[3].has(name))).toEqual([])
  })

  it('have tests with different inputs that are not the example, and no constant passes most', () => {
    for (const split of SPLITS)
      for (const question of task.questions(split, key, 120)) {
        const { name, tests } = readChecks(question)
        expect(tests).toHaveLength(8)
        const calls = tests.map(({ input }) => `${name}(${input.map((v) => JSON.stringify(v)).join(', ')})`)
        expect(new Set(calls).size).toBe(8)
        expect(calls.filter((call) => question.text.includes(`For example, ${call} returns`))).toEqual([])
        const results = tests.map(({ expected }) => JSON.stringify(expected))
        const most = Math.max(...results.map((one) => results.filter((other) => other === one).length))
        expect(most, question.text).toBeLessThanOrEqual(5)
        expect(question.text).not.toMatch(/undefined|\[object/)
      }
  })

  it('are solved by other implementations', async () => {
    for (const split of ['train', 'heldout'] as const)
      for (const question of task.questions(split, key, 48)) {
        const write = OTHERS[readChecks(question).name]
        if (!write) continue
        const source = write((question.text.match(/\d+/g) ?? []).map(Number), question.text)
        expect(await totalOf(source, question), question.text).toBe(1)
      }
  })
})

describe('answers', () => {
  it('are the last JavaScript block, compared without their layout', () => {
    const text = `${block('first()')} and ${'```'}JavaScript\nlast( a,b )\n${'```'} and ${'```'}py\nx\n${'```'}`
    expect(lastBlock(text)).toBe('last( a,b )\n')
    expect(task.answerOf(text)).toBe('last(a,b)')
    expect(task.answerOf(block('last(a,\n   b)'))).toBe('last(a,b)')
    expect(task.answerOf(block('return x'))).not.toBe(task.answerOf(block('returnx')))
    expect(task.answerOf('no code, ```js unclosed')).toBeNull()
  })

  it('are equal by content', () => {
    expect(sameValue(0.3, 0.1 + 0.2)).toBe(true)
    expect(sameValue(1e6, 1e6 + 1)).toBe(false)
    expect(sameValue({ a: 1, b: [null] }, { b: [null], a: 1 })).toBe(true)
    const unequal: [Value, Value | undefined][] = [
      [[], {}],
      [{}, []],
      [[1], [1, 2]],
      [{ a: 1 }, { a: 1, b: 1 }],
      [{ toString: 1 }, {}],
      ['1', 1],
      [null, 0],
      [0, false],
      [null, undefined],
    ]
    for (const [wanted, found] of unequal)
      expect(sameValue(wanted, found), JSON.stringify([wanted, found])).toBe(false)
  })
})

describe('reward', () => {
  it('is graded', async () => {
    expect(await task.reward(doubling, block(RIGHT))).toEqual({
      total: 1,
      correct: true,
      parts: { correct: 1, format: 1, steps: 1 },
    })
    const { total, parts } = await task.reward(doubling, block('const double = (n) => 2 * n'))
    expect(total).toBeCloseTo(0.1 + 0.3 * 0.75)
    expect(parts).toEqual({ correct: 0, format: 1, steps: 0.75 })
    expect(await totalOf('function double() { return "2" }')).toBeCloseTo(0.1)
    expect(await totalOf('function other(n) { return 2 * n }')).toBe(0)
    expect(await totalOf('function double(n) { return')).toBe(0)
    expect((await task.reward(doubling, RIGHT)).total).toBe(0)
    expect(await totalOf(`${RIGHT}\nconsole.log(double(2))`)).toBe(1)
  })

  it('of an analysis follows its verdicts', async () => {
    const discussion: Discussion = {
      question: doubling,
      mode: 'compete',
      own: block('function double(n) { return 2 * n }'),
      others: [block(RIGHT), 'no code'],
    }
    const total = async (verdict: string) => (await task.analysisReward(discussion, verdict)).total
    expect(await total('Fine.\nVerdict: mine wrong, theirs right, theirs 2 wrong.')).toBe(1)
    expect(await total('**Verdict: Theirs right, Mine wrong, Theirs 2 wrong.**')).toBe(1)
    expect(await total('Verdict: mine right, theirs right, theirs 2 wrong.')).toBeCloseTo(0.1 + 0.2)
    expect(await total('Verdict: mine wrong, theirs right.')).toBe(0)
    expect(await total('Verdict: mine wrong, mine right, theirs right.')).toBe(0)
    expect(await total('Verdict: mine right|wrong, theirs right|wrong, theirs 2 wrong.')).toBe(0)
    expect(await total('mine wrong, theirs right, theirs 2 wrong')).toBe(0)
  })

  it('refuses questions of other tasks', async () => {
    await expect(task.reward({ ...doubling, answer: '14' }, block(RIGHT))).rejects.toMatchObject({
      code: 'task',
    })
  })
})
