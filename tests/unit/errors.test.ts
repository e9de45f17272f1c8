import { expect, test } from 'vitest'
import { ColloquyError, fromWire, toWire } from '../../src/errors'

test('an error survives a structured clone with type, details and stack', () => {
  const detail = { code: 'limit', what: 'a', found: '1', wanted: '2', todo: 'Do it' } as const
  const error = new ColloquyError(detail)
  const back = fromWire(structuredClone(toWire(error)))
  expect(back).toBeInstanceOf(ColloquyError)
  expect((back as ColloquyError).detail).toEqual(detail)
  expect(back.message).toBe('a: found 1, wanted 2. Do it.')
  expect(back.stack).toBe(error.stack)
})

test('other errors keep name and message, other thrown things become errors', () => {
  const back = fromWire(structuredClone(toWire(new RangeError('too long'))))
  expect(back).not.toBeInstanceOf(ColloquyError)
  expect([back.name, back.message]).toEqual(['RangeError', 'too long'])
  expect(fromWire(toWire('a word')).message).toBe('a word')
})
