import { expect, it } from 'vitest'
import { pathArgument } from '../../src/cli/path_argument'

const read = (...args: string[]) => pathArgument(args, 'npm run film', 'docs/run.gif')

it('is the path that is given, or where the command writes without one', () => {
  expect(read('mine.gif')).toBe('mine.gif')
  expect(read()).toBe('docs/run.gif')
})

it('is none where help is asked for: nothing is written to a file of that name', () => {
  expect(read('--help')).toBeNull()
  expect(read('-h')).toBeNull()
})

it('refuses options, and more than one path', () => {
  expect(() => read('--fast')).toThrow(/option --fast: .* See npm run film -- --help/)
  expect(() => read('a', 'b')).toThrow(/arguments: found a b, wanted one path/)
})
