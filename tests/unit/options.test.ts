import { describe, expect, test } from 'vitest'
import { type Command, helpText, readOptions } from '../../src/cli/options'

const COOK = {
  usage: 'npm run cook --',
  about: 'Cooks.',
  argument: { value: 'DISH', help: 'What is cooked' },
  options: {
    heat: { value: 'N', help: 'How hot', default: '3' },
    salt: { value: 'N', help: 'How salty' },
    herb: { value: 'NAME', help: 'Which herb', group: 'Taste' },
    hurry: { help: 'Cooks faster' },
  },
} satisfies Command
const HERBS = ['mint', 'dill'] as const

function read(...args: string[]) {
  const given = readOptions(COOK, args)
  if (given === null) throw new Error('help')
  return given
}

describe('options', () => {
  test('are read in both spellings, the last one counts, with defaults', () => {
    const given = read('--salt', '2', 'soup', '--salt=4', '--herb', 'dill', '--hurry')
    expect(given.wholeNumber('salt')).toBe(4)
    expect(given.all('salt')).toEqual(['2', '4'])
    expect(given.wholeNumber('heat')).toBe(3)
    expect(given.choice('herb', HERBS)).toBe('dill')
    expect(given.has('hurry')).toBe(true)
    expect(given.args).toEqual(['soup'])
    expect(given.names).toEqual(['salt', 'herb', 'hurry'])
  })

  test('that are not given are absent', () => {
    const given = read()
    expect([given.text('salt'), given.choice('herb', HERBS), given.has('hurry')]).toEqual([null, null, false])
    expect(given.args).toEqual([])
  })

  test.each([['--help'], ['-h'], ['--salt', 'x', '--help']])('%j asks for the help text', (...args) => {
    expect(readOptions(COOK, args)).toBeNull()
  })

  test.each([
    [['--heet', '3'], 'option --heet: found an option that does not exist', '--heat'],
    [['--hury'], 'option --hury', '--hurry'],
    [['--her=dill'], 'option --her', '--herb'],
    [['--halp'], 'option --halp', '--help'],
    [['--toString'], 'option --toString', '--'],
    [['-x'], 'option -x', '--'],
  ])('%j does not exist; the closest that does is named', (args, what, closest) => {
    expect(() => read(...args)).toThrow(what)
    expect(() => read(...args)).toThrow(`the closest is ${closest}`)
    expect(() => read(...args)).toThrow('See npm run cook -- --help.')
  })

  test.each([
    [['--salt'], '--salt: found no value, wanted a value (N)'],
    [['--salt', '--hurry'], '--salt: found no value'],
    [['--salt='], '--salt: found no value'],
    [['--hurry=yes'], '--hurry: found "yes", wanted no value'],
    [['soup', 'cake'], 'arguments: found soup cake, wanted one DISH'],
  ])('%j is refused', (args, message) => {
    expect(() => read(...args)).toThrow(message)
  })

  test('refuse an argument that the command lacks, and collect repeated arguments', () => {
    const { argument: _, ...bare } = COOK
    expect(() => readOptions(bare, ['soup'])).toThrow('argument: found "soup", wanted options only')
    const many = { ...COOK, argument: { ...COOK.argument, repeats: true } }
    expect(readOptions(many, ['soup', '--', '--cake'])?.args).toEqual(['soup', '--cake'])
  })

  test.each(['-1', '1.5', 'x', '1e3', ' 1', '99999999999999999999'])('%j is no whole number', (text) => {
    const wanted = 'wanted a whole number of at least 0'
    expect(() => read(`--salt=${text}`).wholeNumber('salt')).toThrow(`--salt: found "${text}", ${wanted}`)
  })

  test('must be in range, and among the choices', () => {
    expect(() => read('--heat', '4').wholeNumber('heat', 5, 6)).toThrow('wanted a whole number from 5 to 6')
    expect(() => read('--heat', '7').wholeNumber('heat', 5, 6)).toThrow('wanted a whole number from 5 to 6')
    expect(() => read('--herb', 'tea').choice('herb', HERBS)).toThrow(
      '--herb: found "tea", wanted one of: mint, dill',
    )
  })
})

test('the help text lists arguments, options, their defaults and their groups', () => {
  expect(helpText(COOK)).toBe(
    [
      'npm run cook -- [DISH] [options]',
      '',
      'Cooks.',
      '',
      '  DISH         What is cooked',
      '  --heat N     How hot; 3 unless given',
      '  --salt N     How salty',
      '  --hurry      Cooks faster',
      '  --help       Prints this text',
      '',
      'Taste:',
      '',
      '  --herb NAME  Which herb',
    ].join('\n'),
  )
})
