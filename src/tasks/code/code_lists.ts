import type { Stream } from '../../random'
import { CODE_OOD_LEVEL, type CodeFamily, codeFamily, drawList } from './code_family'

type Numbers = readonly number[]

const drawNumbers = (stream: Stream, most = 10): number[] =>
  drawList(stream, 1, most, () => stream.int(-5, 30))
const add = (a: number, b: number) => a + b

/** A condition on a number, or a change of it: its words and its function. */
type Named<T> = readonly [words: string, does: (value: number) => T]

function drawCondition(stream: Stream): Named<boolean> {
  const divisor = stream.int(3, 9)
  const k = stream.int(2, 15)
  return stream.pick<Named<boolean>>([
    ['even', (x) => x % 2 === 0],
    ['odd', (x) => x % 2 !== 0],
    [`divisible by ${divisor}`, (x) => x % divisor === 0],
    [`greater than ${k}`, (x) => x > k],
    [`at most ${k}`, (x) => x <= k],
  ])
}

function drawChange(stream: Stream): Named<number> {
  const k = stream.int(2, 9)
  return stream.pick<Named<number>>([
    [`plus ${k}`, (x) => x + k],
    [`times ${k}`, (x) => x * k],
    ['squared', (x) => x * x],
  ])
}

const keepAndChange = codeFamily<[Numbers]>(
  { name: 'keepAndChange', takes: 'list', topic: 'lists', level: 1 },
  (stream) => {
    const [condition, keeps] = drawCondition(stream)
    const [change, changed] = drawChange(stream)
    const asSum = stream.int(0, 1) === 1
    return {
      parameters: [condition, change, asSum ? 'sum' : 'list'],
      does: `takes a list of whole numbers, keeps those that are ${condition}, and returns ${asSum ? 'the sum' : 'the list'} of the kept numbers, each ${change}${asSum ? ' (0 if there are none)' : ''}`,
      edges: [[[]], [[0, 1, 2, 3, 15, 16]]],
      input: (inputs) => [drawNumbers(inputs)],
      solve(list) {
        const kept = list.filter(keeps).map(changed)
        return asSum ? kept.reduce(add, 0) : kept
      },
    }
  },
)

const BLOCK_VALUES = {
  sum: (block: Numbers) => block.reduce(add, 0),
  'largest number': (block: Numbers) => Math.max(...block),
  'smallest number': (block: Numbers) => Math.min(...block),
}

const blockValues = codeFamily<[Numbers]>(
  { name: 'blockValues', takes: 'list', topic: 'lists', level: 2 },
  (stream) => {
    const size = stream.int(2, 6)
    const value = stream.pick(Object.keys(BLOCK_VALUES) as (keyof typeof BLOCK_VALUES)[])
    const more = stream.int(1, 20)
    return {
      parameters: [size, value, more],
      does: `takes a list of whole numbers, splits it into blocks of ${size} from the beginning (the last block may be shorter), and returns the list of the ${value} of each block plus ${more}`,
      edges: [[[]], [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]],
      input: (inputs) => [drawNumbers(inputs, 14)],
      solve: (list) =>
        Array.from(
          { length: Math.ceil(list.length / size) },
          (_, i) => BLOCK_VALUES[value](list.slice(i * size, (i + 1) * size)) + more,
        ),
    }
  },
)

const rotateAndDrop = codeFamily<[Numbers]>(
  { name: 'rotateAndDrop', takes: 'list', topic: 'lists', level: 2 },
  (stream) => {
    const turns = stream.int(1, 9)
    const left = stream.int(0, 1) === 1
    const step = stream.int(2, 6)
    return {
      parameters: [turns, left ? 'left' : 'right', step],
      does: `takes a list of whole numbers, moves its ${left ? 'first' : 'last'} number to the ${left ? 'end' : 'beginning'} ${turns} time${turns > 1 ? 's' : ''}, and returns the resulting list without the numbers at positions divisible by ${step} (positions counted from 1)`,
      edges: [[[]], [[7]], [[1, 2, 3, 4, 5, 6, 7]]],
      input: (inputs) => [drawNumbers(inputs, 12)],
      solve(list) {
        const size = list.length
        if (size === 0) return []
        const by = (left ? turns : size - (turns % size)) % size
        return [...list.slice(by), ...list.slice(0, by)].filter((_, i) => (i + 1) % step !== 0)
      },
    }
  },
)

const countWindows = codeFamily<[Numbers]>(
  { name: 'countWindows', takes: 'list', topic: 'lists', level: 3 },
  (stream) => {
    const size = stream.int(2, 5)
    const more = stream.int(0, 1) === 1
    const bound = stream.int(6 * size, 13 * size)
    return {
      parameters: [size, more ? 'more' : 'less', bound],
      does: `takes a list of whole numbers and returns how many runs of ${size} neighbouring numbers in it (runs may overlap) have a sum ${more ? 'greater' : 'less'} than ${bound}`,
      edges: [[[]], [[bound]], [Array.from({ length: size + 1 }, () => (more ? bound : -bound))]],
      input: (inputs) => [drawNumbers(inputs, 14)],
      solve: (list) =>
        list.filter((_, i) => {
          const run = list.slice(i, i + size)
          const sum = run.reduce(add, 0)
          return run.length === size && (more ? sum > bound : sum < bound)
        }).length,
    }
  },
)

const countPairs = codeFamily<[Numbers]>(
  { name: 'countPairs', takes: 'list', topic: 'lists', level: 3 },
  (stream) => {
    const divisor = stream.int(2, 12)
    const least = stream.int(2, 30)
    const bound = stream.int(50, 900)
    const [words, fits] = stream.pick<readonly [string, (a: number, b: number) => boolean]>([
      [`a sum divisible by ${divisor}`, (a, b) => (a + b) % divisor === 0],
      [`a difference (larger minus smaller) of at least ${least}`, (a, b) => Math.abs(a - b) >= least],
      [`a product greater than ${bound}`, (a, b) => a * b > bound],
    ])
    return {
      parameters: [words],
      does: `takes a list of whole numbers and returns how many pairs of positions i < j in it hold numbers with ${words}`,
      edges: [[[]], [[least]], [[0, divisor, 2 * divisor, 3 * divisor]]],
      input: (inputs) => [drawList(inputs, 2, 9, () => inputs.int(0, 50))],
      solve: (list) => list.flatMap((a, i) => list.slice(i + 1).filter((b) => fits(a, b))).length,
    }
  },
)

const TURNS = {
  'mirrored left to right': (grid: readonly Numbers[]) => grid.map((row) => [...row].reverse()),
  'mirrored top to bottom': (grid: readonly Numbers[]) => [...grid].reverse(),
  'with rows and columns exchanged': (grid: readonly Numbers[]) =>
    grid[0].map((_, column) => grid.map((row) => row[column])),
  'turned by a quarter clockwise': (grid: readonly Numbers[]) =>
    grid[0].map((_, column) => grid.map((row) => row[column]).reverse()),
}

const turnGrid = codeFamily<[readonly Numbers[]]>(
  { name: 'turnGrid', takes: 'grid', topic: 'lists', level: CODE_OOD_LEVEL },
  (stream) => {
    const turn = stream.pick(Object.keys(TURNS) as (keyof typeof TURNS)[])
    const limit = stream.int(3, 40)
    return {
      parameters: [turn, limit],
      does: `takes a grid (a list of rows, at least one, all equally long, at least one number each) and returns it ${turn}, with every number greater than ${limit} replaced by ${limit}`,
      edges: [[[[limit + 1]]], [[[1, 2, 3]]], [[[1], [2]]]],
      input(inputs) {
        const columns = inputs.int(1, 4)
        return [drawList(inputs, 1, 4, () => drawList(inputs, columns, columns, () => inputs.int(0, 60)))]
      },
      solve: (grid) => TURNS[turn](grid).map((row) => row.map((value) => Math.min(value, limit))),
    }
  },
)

export const CODE_LISTS: readonly CodeFamily[] = [
  keepAndChange,
  blockValues,
  rotateAndDrop,
  countWindows,
  countPairs,
  turnGrid,
]
