import { describe, expect, test } from 'vitest'
import { CONFIG_VERSION } from '../../src/config/config'
import { MIGRATIONS, type Migration, migrateConfig, readRunConfig } from '../../src/config/migrations'
import { presetConfig } from '../../src/config/presets'
import { failure } from '../failure'

/** Two invented versions: the older one called steps epochs, the later one counted them in hundreds. */
const CHAIN: readonly Migration[] = [
  ({ epochs, ...rest }) => (epochs === undefined ? rest : { ...rest, hundreds: epochs }),
  ({ hundreds, ...rest }) => (hundreds === undefined ? rest : { ...rest, steps: Number(hundreds) * 100 }),
]
const OLDEST = CONFIG_VERSION - CHAIN.length
const { steps: _, ...rest } = presetConfig('duet')

test('every past version has a migration', () => {
  expect(MIGRATIONS).toHaveLength(CONFIG_VERSION - 1)
})

describe('a test chain', () => {
  test('brings every version to this one', () => {
    const wanted = presetConfig('duet', { steps: 300 })
    expect(readRunConfig({ ...rest, version: OLDEST, epochs: 3 }, CHAIN)).toEqual(wanted)
    expect(readRunConfig({ ...rest, version: OLDEST + 1, hundreds: 3 }, CHAIN)).toEqual(wanted)
    expect(readRunConfig({ ...rest, version: CONFIG_VERSION, steps: 300 }, CHAIN)).toEqual(wanted)
  })

  test('keeps a partial configuration partial', () => {
    expect(migrateConfig({ version: OLDEST, seed: 3 }, CHAIN)).toEqual({ version: CONFIG_VERSION, seed: 3 })
  })

  test('refuses what its own version would refuse', () => {
    expect(
      failure(() => readRunConfig({ ...rest, version: OLDEST + 1, epochs: 3 }, CHAIN)).message,
    ).toContain('epochs')
  })

  test('refuses versions older than its first', () => {
    const error = failure(() => readRunConfig({ ...rest, version: OLDEST - 1 }, CHAIN))
    expect(error.message).toBe(
      `version: found version ${OLDEST - 1}, wanted a version from ${OLDEST} to ${CONFIG_VERSION}. It is too old to be read. Make a new one.`,
    )
  })
})

test('a newer version is refused with advice to update Colloquy', () => {
  const error = failure(() => readRunConfig({ ...presetConfig('duet'), version: CONFIG_VERSION + 1 }))
  expect(error.message).toBe(
    `version: found version ${CONFIG_VERSION + 1}, wanted version ${CONFIG_VERSION}. It was made by a newer Colloquy. Reload the page, or update yours.`,
  )
})

test.each([[undefined], ['1'], [1.5], [null]])('an invalid version (%j) is refused by name', (version) => {
  expect(failure(() => readRunConfig({ ...presetConfig('duet'), version })).detail.what).toBe('version')
})

test.each([[null], [[]], ['text'], [undefined]])(
  'a value that is no configuration (%j) is refused',
  (raw) => {
    expect(failure(() => readRunConfig(raw)).message).toContain('run configuration')
  },
)
