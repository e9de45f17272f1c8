import type { Stream } from '../../random'
import { CODE_OOD_LEVEL, type CodeFamily, codeFamily, drawList } from './code_family'
import type { Value } from './code_judge'

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ike', 'Jo'] as const
const ITEMS = ['tea', 'milk', 'bread', 'jam', 'salt'] as const

type Person = { readonly name: string; readonly age: number }

/** Draws people with different names, in random order. */
function drawPeople(stream: Stream, least: number, most: number, age: () => number): Person[] {
  const names = stream.shuffle(NAMES)
  return drawList(stream, least, most, () => 0).map((_, i) => ({ name: names[i], age: age() }))
}

const byName = (a: string, b: string) => (a < b ? -1 : 1)

const namesOfAge = codeFamily<[readonly Person[]]>(
  { name: 'namesOfAge', takes: 'people', topic: 'records', level: 1 },
  (stream) => {
    const from = stream.int(8, 40)
    const below = stream.int(from + 5, 60)
    const sorted = stream.int(0, 1) === 1
    return {
      parameters: [from, below, sorted ? 'sorted' : 'given'],
      does: `takes a list of people like {name: "Ada", age: 30} and returns the list of the names of those who are at least ${from} and younger than ${below}, ${sorted ? 'in alphabetical order' : 'in the given order'}`,
      edges: [
        [[]],
        [
          [
            { name: 'Jo', age: from },
            { name: 'Ben', age: below },
            { name: 'Ada', age: below - 1 },
          ],
        ],
      ],
      input: (inputs) => [drawPeople(inputs, 2, 8, () => inputs.int(5, 65))],
      solve(people) {
        const names = people.filter(({ age }) => age >= from && age < below).map(({ name }) => name)
        return sorted ? names.sort(byName) : names
      },
    }
  },
)

const tallyRemainders = codeFamily<[readonly number[]]>(
  { name: 'tallyRemainders', takes: 'list', topic: 'records', level: 2 },
  (stream) => {
    const divisor = stream.int(2, 15)
    const least = stream.int(1, 20)
    return {
      parameters: [divisor, least],
      does: `takes a list of whole numbers ≥ 0 and returns an object that says, for each remainder on division by ${divisor} that occurs among the numbers of at least ${least}, how many of these numbers have it`,
      edges: [[[]], [[least, least - 1, least + divisor]]],
      input: (inputs) => [drawList(inputs, 1, 10, () => inputs.int(0, 40))],
      solve(list) {
        const counts: Record<string, number> = {}
        for (const value of list)
          if (value >= least) counts[value % divisor] = (counts[value % divisor] ?? 0) + 1
        return counts
      },
    }
  },
)

const takings = codeFamily<[readonly (readonly [string, number])[]]>(
  { name: 'takings', takes: 'sales', topic: 'records', level: 2 },
  (stream) => {
    const least = stream.int(2, 9)
    const price = stream.int(2, 15)
    return {
      parameters: [least, price],
      does: `takes a list of sales like ["tea", 3] (item, count) and returns an object from each item to ${price} times the sum of its counts; sales with a count below ${least} are ignored, and so is an item that has no others`,
      edges: [
        [[]],
        [
          [
            ['tea', least],
            ['jam', least - 1],
            ['tea', least + 1],
          ],
        ],
      ],
      input: (inputs) => [
        drawList(inputs, 1, 7, (): [string, number] => [inputs.pick(ITEMS), inputs.int(1, 14)]),
      ],
      solve(sales) {
        const sums: Record<string, number> = {}
        for (const [item, count] of sales) if (count >= least) sums[item] = (sums[item] ?? 0) + price * count
        return sums
      },
    }
  },
)

const ranking = codeFamily<[readonly { readonly name: string; readonly points: number }[]]>(
  { name: 'ranking', takes: 'players', topic: 'records', level: 3 },
  (stream) => {
    const places = stream.int(1, 5)
    const least = stream.int(1, 30)
    const separator = stream.pick([...':=/-'])
    return {
      parameters: [places, least, separator],
      does: `takes a list of players like {name: "Ada", points: 7} and returns the list of strings like "Ada${separator}7" of the best ${places === 1 ? 'one' : places} of those with at least ${least} points (fewer if there are not so many), most points first, equal points in alphabetical order of names`,
      edges: [
        [[]],
        [
          [
            { name: 'Jo', points: least },
            { name: 'Ben', points: least },
            { name: 'Ada', points: least - 1 },
          ],
        ],
      ],
      input: (inputs) => [
        drawPeople(inputs, 2, 9, () => inputs.int(3, 20) * 2).map(({ name, age }) => ({ name, points: age })),
      ],
      solve: (players) =>
        players
          .filter(({ points }) => points >= least)
          .sort((a, b) => b.points - a.points || byName(a.name, b.name))
          .slice(0, places)
          .map(({ name, points }) => `${name}${separator}${points}`),
    }
  },
)

type Tree = { readonly value: number; readonly children: readonly Tree[] }

const drawTree = (stream: Stream, depth: number): Tree => ({
  value: stream.int(1, 9),
  children: depth === 0 ? [] : drawList(stream, 0, 2, () => drawTree(stream, depth - 1)),
})

const treeScore = codeFamily<[Tree & { readonly [name: string]: Value }]>(
  { name: 'treeScore', takes: 'tree', topic: 'records', level: CODE_OOD_LEVEL },
  (stream) => {
    const leaf = stream.int(2, 12)
    const weight = stream.int(2, 9)
    const score = (tree: Tree, depth: number): number =>
      (tree.children.length === 0 ? leaf : 1) * (tree.value + weight * depth) +
      tree.children.reduce((sum, child) => sum + score(child, depth + 1), 0)
    return {
      parameters: [leaf, weight],
      does: `takes a tree like {value: 3, children: [{value: 1, children: []}]} and returns the sum over all its nodes of the value plus ${weight} times the depth (0 for the root, 1 for its children, and so on), where this counts ${leaf} times for a node without children`,
      edges: [[{ value: 5, children: [] }], [{ value: 1, children: [{ value: 2, children: [] }] }]],
      input: (inputs) => [drawTree(inputs, 3)],
      solve: (tree) => score(tree, 0),
    }
  },
)

/** Functions of objects and of lists of objects. */
export const CODE_RECORDS: readonly CodeFamily[] = [namesOfAge, tallyRemainders, takings, ranking, treeScore]
