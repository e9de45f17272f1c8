/** Random configurations of every kind that the schema allows, generated from the schema. */
import fc from 'fast-check'
import { z } from 'zod'
import { type RunConfig, runConfigSchema } from '../../src/config/config'
import { PRESETS, presetConfig } from '../../src/config/presets'
import { SETTING_NAMES, type SettingName } from '../../src/config/setting_domain'

type Schema = z.core.JSONSchema.JSONSchema

const SCHEMA = z.toJSONSchema(runConfigSchema, { io: 'input' }).properties ?? {}
export const EMBEDDED = Object.keys(PRESETS).filter((name) => name !== 'gsm8k')

const path = fc.stringMatching(/^[a-z0-9äñ日_-]{1,12}(\/[a-zA-Z0-9_.-]{1,12}x){0,3}$/)
const FILE = fc.oneof(
  path.map((name) => `${name}.jsonl`),
  path.map((name) => `https://example.org:8443/${name}?part=1`),
)

function ofSchema(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => ofSchema(one as Schema)))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.shuffledSubarray([...((schema.items as Schema).enum ?? [])], {
        minLength: schema.minItems ?? 0,
      })
    case 'integer':
      return fc.integer({ min: schema.minimum, max: schema.maximum })
    case 'number':
      return fc.double({
        min: schema.minimum ?? Number(schema.exclusiveMinimum),
        max: schema.maximum,
        minExcluded: schema.exclusiveMinimum !== undefined,
        noNaN: true,
        noDefaultInfinity: true,
      })
    default:
      throw new TypeError(`no values for ${JSON.stringify(schema)}`)
  }
}

function ofSetting(name: SettingName): fc.Arbitrary<unknown> {
  return name === 'questionFile' ? fc.option(FILE) : ofSchema(SCHEMA[name] as Schema)
}

const peer = fc.record(
  {
    id: fc.stringMatching(/^[\p{L}\p{N} .-]{1,20}$/u),
    source: fc.oneof(
      path,
      path.map((name) => `https://models.example.org/${encodeURI(name)}`),
      fc.constantFrom('hub:onnx-community/Qwen3-0.6B-ONNX', 'hub:o/n@0123abc', 'folder:mine'),
    ),
    thinking: fc.constant(true as const),
    dtype: fc.constantFrom('q4' as const, 'fp16' as const),
  },
  { requiredKeys: ['id', 'source'] },
)

function settings(requiredKeys: SettingName[]): fc.Arbitrary<Partial<RunConfig>> {
  const all = Object.fromEntries(SETTING_NAMES.map((name) => [name, ofSetting(name)]))
  return fc.record(all, { requiredKeys }) as fc.Arbitrary<Partial<RunConfig>>
}

/** Configurations of any preset, with any peers. */
export const anyConfig: fc.Arbitrary<RunConfig> = fc
  .tuple(
    fc.constantFrom(...Object.keys(PRESETS)),
    settings([]),
    fc.option(fc.uniqueArray(peer, { minLength: 1, maxLength: 4, selector: ({ id }) => id })),
  )
  .map(([preset, changed, peers]) =>
    presetConfig(preset, {
      ...changed,
      ...(peers === null ? {} : { peers }),
      ...(peers?.length === 1 ? { method: 'solo' } : {}),
    }),
  )

/** Configurations of the embedded peers, with every setting at some value of its range. */
export const embeddedConfig: fc.Arbitrary<RunConfig> = fc
  .tuple(fc.constantFrom(...EMBEDDED), settings([...SETTING_NAMES]))
  .map(([preset, changed]) => presetConfig(preset, changed))
