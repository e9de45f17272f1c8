import { CODE_OOD_LEVEL, type CodeFamily, codeFamily } from './code_family'
import type { Value } from './code_judge'

const sumMultiples = codeFamily<[number]>(
  { name: 'sumMultiples', takes: 'n', topic: 'numbers', level: 1 },
  (stream) => {
    const a = stream.int(2, 25)
    const b = stream.int(a + 1, 30)
    return {
      parameters: [a, b],
      does: `takes a whole number n and returns the sum of all whole numbers from 1 to n (n included) that are divisible by ${a} or by ${b}`,
      edges: [[0], [a], [a * b]],
      input: (inputs) => [inputs.int(1, 120)],
      solve(n) {
        let sum = 0
        for (let i = 1; i <= n; i++) if (i % a === 0 || i % b === 0) sum += i
        return sum
      },
    }
  },
)

const digitScore = codeFamily<[number]>(
  { name: 'digitScore', takes: 'n', topic: 'numbers', level: 2 },
  (stream) => {
    const digit = stream.int(0, 9)
    const worth = stream.int(10, 60)
    return {
      parameters: [digit, worth],
      does: `takes a whole number n ≥ 0 and returns the sum of its decimal digits, where every digit ${digit} counts as ${worth} instead of ${digit}`,
      edges: [[0], [digit * 11], [1000 + digit]],
      input: (inputs) => [inputs.int(0, 99999)],
      solve: (n) => [...String(n)].reduce((sum, c) => sum + (Number(c) === digit ? worth : Number(c)), 0),
    }
  },
)

const term = codeFamily<[number]>({ name: 'term', takes: 'n', topic: 'numbers', level: 2 }, (stream) => {
  const [first, second, p, q] = [stream.int(0, 9), stream.int(1, 9), stream.int(1, 3), stream.int(1, 3)]
  return {
    parameters: [first, second, p, q],
    does: `takes a whole number n ≥ 0 and returns term n of the sequence whose term 0 is ${first}, whose term 1 is ${second}, and each of whose later terms is ${p} times the term before plus ${q} times the term before that`,
    edges: [[0], [1], [2]],
    input: (inputs) => [inputs.int(3, 14)],
    solve(n) {
      let [now, next] = [first, second]
      for (let i = 0; i < n; i++) [now, next] = [next, p * next + q * now]
      return now
    },
  }
})

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

const lettersInBase = codeFamily<[number]>(
  { name: 'lettersInBase', takes: 'n', topic: 'numbers', level: 3 },
  (stream) => {
    const base = stream.int(2, 9)
    const start = stream.int(0, LETTERS.length - base)
    const digits = LETTERS.slice(start, start + base)
    return {
      parameters: [base, start],
      does: `takes a whole number n ≥ 0 and returns it as a string in base ${base}, most significant digit first, with the letters "${digits}" in this order as the digits 0 to ${base - 1}`,
      edges: [[0], [base], [base * base - 1]],
      input: (inputs) => [inputs.int(1, 3000)],
      solve: (n) => [...n.toString(base)].map((digit) => digits[Number(digit)]).join(''),
    }
  },
)

const coprimeCount = codeFamily<[number]>(
  { name: 'coprimeCount', takes: 'n', topic: 'numbers', level: 3 },
  (stream) => {
    const k = stream.int(4, 250)
    return {
      parameters: [k],
      does: `takes a whole number n and returns how many of the whole numbers from 1 to n (n included) have no divisor greater than 1 in common with ${k}`,
      edges: [[0], [1], [k]],
      input: (inputs) => [inputs.int(2, 150)],
      solve(n) {
        const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
        return Array.from({ length: n }, (_, i) => i + 1).filter((i) => divisor(i, k) === 1).length
      },
    }
  },
)

const evaluatePostfix = codeFamily<[readonly Value[]]>(
  { name: 'evaluatePostfix', takes: 'tokens', topic: 'numbers', level: CODE_OOD_LEVEL },
  (stream) => {
    const modulus = stream.int(7, 97)
    const weight = stream.int(2, 9)
    const apply = (operator: string, a: number, b: number) => {
      if (operator === '+') return a + b
      return operator === '*' ? a * b : a + weight * b
    }
    return {
      parameters: [modulus, weight],
      does: `takes a list of tokens in postfix notation, each a whole number ≥ 0 or one of the strings "+", "*" and "@", and returns what it comes to; a @ b is a + ${weight} * b, and the result of every operation is taken modulo ${modulus}`,
      edges: [[[5]], [[1, 2, '@']], [[modulus, 1, '+']]],
      input(inputs) {
        const tokens: Value[] = [inputs.int(0, 20)]
        for (let open = 1, left = inputs.int(2, 5); left > 0 || open > 1; )
          if (left > 0 && (open < 2 || inputs.int(0, 1) === 0)) {
            tokens.push(inputs.int(0, 20))
            open++
            left--
          } else {
            tokens.push(inputs.pick(['+', '*', '@']))
            open--
          }
        return [tokens]
      },
      solve(tokens) {
        const stack: number[] = []
        for (const token of tokens)
          if (typeof token === 'number') stack.push(token)
          else {
            const [a, b] = stack.splice(-2)
            stack.push(apply(String(token), a, b) % modulus)
          }
        return stack[0]
      },
    }
  },
)

export const CODE_NUMBERS: readonly CodeFamily[] = [
  sumMultiples,
  digitScore,
  term,
  lettersInBase,
  coprimeCount,
  evaluatePostfix,
]
