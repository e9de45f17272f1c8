import { z } from '../schema'
import { type RunConfig, runConfigSchema } from './config'

/** A setting that fits one field of a form or one option of a command. */
export type SettingName = Exclude<keyof RunConfig, 'version' | 'preset' | 'peers'>

/** The values that a setting accepts. */
export type SettingDomain =
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  /** Any of the options, in any order. */
  | { readonly kind: 'choices'; readonly options: readonly string[] }
  | { readonly kind: 'switch' }
  /** `range` is in words, e.g. `2 to 64`; empty where every number is valid. */
  | { readonly kind: 'number'; readonly whole: boolean; readonly range: string; readonly optional: boolean }
  /** A text, which may be left empty. */
  | { readonly kind: 'text' }

const SCHEMA = z.toJSONSchema(runConfigSchema, { io: 'input' }).properties ?? {}

/** Names of all settings, in the schema's order. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SCHEMA).filter(
  (name): name is SettingName => !['version', 'preset', 'peers'].includes(name),
)

/** Returns the schema's description of a setting; empty where it has none. */
export function describeSetting(name: SettingName): string {
  return runConfigSchema.shape[name].description ?? ''
}

/** Returns a setting's default value. */
export function defaultOf(name: keyof RunConfig): unknown {
  return plain(SCHEMA[name]).default
}

/** Returns a setting's value, or its default where the configuration leaves it out. */
export function givenOrDefault<Name extends keyof RunConfig>(
  config: RunConfig,
  name: Name,
): Exclude<RunConfig[Name], undefined> {
  type Given = Exclude<RunConfig[Name], undefined>
  const value = config[name]
  return (value === undefined ? defaultOf(name) : value) as Given
}

/** Returns the values that the schema accepts for a setting. */
export function settingDomain(name: SettingName): SettingDomain {
  const whole = plain(SCHEMA[name])
  const [value, ...nothing] = whole.anyOf?.map(plain) ?? [whole]
  switch (value.type) {
    case 'boolean':
      return { kind: 'switch' }
    case 'array':
      return { kind: 'choices', options: optionsOf(plain(value.items)) }
    case 'string':
      return value.enum ? { kind: 'choice', options: optionsOf(value) } : { kind: 'text' }
    default:
      return {
        kind: 'number',
        whole: value.type === 'integer',
        range: rangeOf(value),
        optional: nothing.length > 0,
      }
  }
}

type Plain = z.core.JSONSchema.JSONSchema

function plain(schema: unknown): Plain {
  return typeof schema === 'object' && schema !== null && !Array.isArray(schema) ? (schema as Plain) : {}
}

function optionsOf(schema: Plain): string[] {
  return (schema.enum ?? []).map(String)
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: Plain): string {
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum
  if (minimum !== undefined && most !== null) return `${minimum} to ${most}`
  const least = minimum !== undefined ? `at least ${minimum}` : null
  const above = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : null
  return [least, above, most === null ? null : `at most ${most}`].filter((part) => part !== null).join(', ')
}
