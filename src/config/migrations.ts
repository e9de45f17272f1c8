/** How configurations of earlier versions come to be what this version reads. */
import { ColloquyError } from '../errors'
import { CONFIG_VERSION, parseRunConfig, type RunConfig } from './config'

/** A configuration as it was kept or sent. */
export type RawConfig = Readonly<Record<string, unknown>>

/**
 * Brings a configuration to the next version, but for its `version`. Links hold parts of configurations: a setting that is not there
 * must stay away, since the preset says it.
 */
export type Migration = (config: RawConfig) => RawConfig

/**
 * One after the other they lead to `CONFIG_VERSION`: the last one from the version before it. One is added with every
 * change of the schema after which an older configuration would be refused or would mean something else.
 */
export const MIGRATIONS: readonly Migration[] = []

/**
 * The same configuration in this version's words. What its settings are is not looked at.
 * @throws ColloquyError `config` where it is none, of a newer version, or of one that no migration begins with
 */
export function migrateConfig(raw: unknown, migrations: readonly Migration[] = MIGRATIONS): RawConfig {
  if (!isRecord(raw))
    throw wrong('run configuration', JSON.stringify(raw) ?? 'nothing', 'an object', 'Use one that was kept')
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
      'It was made by a newer Colloquy: reload the page, or update yours',
    )
  if (version < first)
    throw wrong('version', `version ${version}`, wanted, 'Make it anew: it is too old to be read')
  return migrations
    .slice(version - first)
    .reduce(
      ({ config, at }, migration) => ({ config: { ...migration(config), version: at + 1 }, at: at + 1 }),
      { config: raw as RawConfig, at: version },
    ).config
}

/**
 * Reads a configuration that was kept or sent, of this version or an earlier one.
 * @throws ColloquyError `config` as `migrateConfig`, or naming the first field at fault
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
