/** Migrates configurations of earlier versions to the current one. */
import { ColloquyError } from '../errors'
import { CONFIG_VERSION, parseRunConfig, type RunConfig } from './config'

/** A configuration as it was stored or sent. */
export type RawConfig = Readonly<Record<string, unknown>>

/**
 * Migrates a configuration to the next version, except its field `version`. Links hold parts of
 * configurations: leave a missing setting missing, because the preset supplies it.
 */
export type Migration = (config: RawConfig) => RawConfig

/**
 * Migrations in order; the last one leads to `CONFIG_VERSION`. Add one with each schema change that would
 * refuse an older configuration or change its meaning.
 */
export const MIGRATIONS: readonly Migration[] = []

/**
 * Returns the configuration in the current version. Does not check its settings.
 * @throws ColloquyError `config` where it is no configuration, or of a version that is newer or too old to
 * migrate
 */
export function migrateConfig(raw: unknown, migrations: readonly Migration[] = MIGRATIONS): RawConfig {
  if (!isRecord(raw))
    throw wrong(
      'run configuration',
      JSON.stringify(raw) ?? 'nothing',
      'an object',
      'Use a configuration that Colloquy wrote',
    )
  const { version } = raw
  const first = CONFIG_VERSION - migrations.length
  const wanted =
    first === CONFIG_VERSION ? `version ${first}` : `a version from ${first} to ${CONFIG_VERSION}`
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    throw wrong('version', JSON.stringify(version) ?? 'nothing', wanted, 'Change version')
  if (version > CONFIG_VERSION)
    throw wrong(
      'version',
      `version ${version}`,
      wanted,
      'It was made by a newer Colloquy. Reload the page, or update yours',
    )
  if (version < first)
    throw wrong('version', `version ${version}`, wanted, 'It is too old to be read. Make a new one')
  return migrations
    .slice(version - first)
    .reduce(
      ({ config, at }, migration) => ({ config: { ...migration(config), version: at + 1 }, at: at + 1 }),
      { config: raw as RawConfig, at: version },
    ).config
}

/**
 * Reads a stored or sent configuration of this version or an earlier one.
 * @throws ColloquyError `config` as `migrateConfig`, or naming the first invalid field
 */
export function readRunConfig(raw: unknown, migrations: readonly Migration[] = MIGRATIONS): RunConfig {
  return parseRunConfig(migrateConfig(raw, migrations))
}

function isRecord(value: unknown): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(what: string, found: string, wanted: string, todo: string): ColloquyError {
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}
