/** A run in a link: its differences from its preset, the fingerprints of its models, and its result. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { CONFIG_VERSION, type RunConfig } from '../config/config'
import { MIGRATIONS, type Migration, migrateConfig, type RawConfig } from '../config/migrations'
import { differences, presetConfig } from '../config/presets'
import { ColloquyError, clipped } from '../errors'
import type { ModelFingerprint } from '../hub/model_fingerprint'
import { jsonBytes } from '../ilr/digest_chain'
import { z } from '../schema'
import { chainName } from './file/field'
import { fromBase64url, toBase64url } from './packed_text'
import { MARK_DIGITS, MOST_MARKS, type SharedResult } from './reproduction'
import { checkSources } from './shared_sources'

export interface SharedRun {
  readonly config: RunConfig
  /** Fingerprints in the order of the peers; null where one was unknown. */
  readonly models: readonly (ModelFingerprint | null)[]
  /** Null where the run was shared before its first step. */
  readonly result: SharedResult | null
  /**
   * Whether presets or defaults have changed since the run was shared, so that its settings now mean another
   * run.
   */
  readonly drifted: boolean
}

const CHECK_CHARACTERS = 4
const DIGEST_CHARACTERS = 43
const MARK_CHARACTERS = (MARK_DIGITS * 2) / 3
const fingerprintDigits = z.string().regex(/^[0-9a-f]{8}$/, '8 hex digits')
const share = z.number().min(0).max(1)

const payloadSchema = z.strictObject({
  config: z.record(z.string(), z.unknown()),
  /** Checksum of the whole configuration. */
  check: z.string().length(CHECK_CHARACTERS),
  models: z
    .array(
      z
        .strictObject({
          print: fingerprintDigits.optional(),
          /** Links of earlier versions have this in place of `print`; it covered fewer files. */
          files: fingerprintDigits.optional(),
          bytes: z.int().min(0),
        })
        .nullable(),
    )
    .max(4)
    .optional(),
  result: z
    .strictObject({
      chain: chainName,
      steps: z.int().min(1).max(100_000),
      digest: z.string().length(DIGEST_CHARACTERS),
      every: z.int().min(1),
      marks: z.string().max(MOST_MARKS * MARK_CHARACTERS),
      solo: z
        .array(z.tuple([share, share]))
        .max(4)
        .optional(),
    })
    .optional(),
})

/** Returns the peers whose model differs from the one where the run was shared, as far as both are known. */
export function changedModels(
  { config, models }: SharedRun,
  here: readonly (ModelFingerprint | null)[],
): readonly string[] {
  return config.peers.flatMap(({ id }, i) => {
    const [there, now] = [models[i], here[i]]
    return there && now && there.print !== now.print ? [id] : []
  })
}

/** Content of a link's `run` part. */
export type Payload = z.infer<typeof payloadSchema>

/**
 * Makes the payload of a link.
 * @param mostMarks maximum number of digests between the first step and the last
 * @throws ColloquyError `config` for a run that nobody else could repeat: an unknown preset, or a question
 * file on this machine
 */
export function toPayload(
  { config, models, result }: Omit<SharedRun, 'drifted'>,
  mostMarks: number,
): Payload {
  checkSources(config)
  const differing = differences(config)
  const known = models.some((fingerprint) => fingerprint !== null)
  return {
    config: { version: config.version, preset: config.preset, ...Object.fromEntries(differing) },
    check: checkOf(config),
    ...(known ? { models: [...models] } : {}),
    ...(result === null ? {} : { result: packedResult(result, mostMarks) }),
  }
}

/**
 * Reads the payload of a link from anyone.
 * @throws ColloquyError `config` naming the invalid field
 */
export function fromPayload(payload: unknown, migrations: readonly Migration[] = MIGRATIONS): SharedRun {
  const parsed = payloadSchema.safeParse(payload)
  if (!parsed.success) {
    const [{ path, message, code }] = parsed.error.issues
    const keys = code === 'unrecognized_keys' ? (parsed.error.issues[0] as { keys: string[] }).keys : []
    throw damaged([...path, ...keys.slice(0, 1)].map(String).join('.') || 'run', message)
  }
  const { check, models = [], result } = parsed.data
  const config = sharedConfig(parsed.data.config, migrations)
  const peers = config.peers.length
  if (models.length !== 0 && models.length !== peers)
    throw damaged('models', `${models.length} of them`, `${peers}, one for each peer`)
  return {
    config,
    models: config.peers.map((_, i) => knownFingerprint(models[i] ?? null)),
    result: result === undefined ? null : unpackedResult(result, peers),
    drifted: checkOf(config) !== check,
  }
}

function knownFingerprint(packed: NonNullable<Payload['models']>[number]): ModelFingerprint | null {
  return packed?.print === undefined ? null : { print: packed.print, bytes: packed.bytes }
}

function sharedConfig(raw: RawConfig, migrations: readonly Migration[]): RunConfig {
  try {
    const { version: _, preset, ...settings } = migrateConfig(raw, migrations)
    if (typeof preset !== 'string') throw damaged('preset', JSON.stringify(preset) ?? 'nothing', 'its name')
    const config = presetConfig(preset, settings)
    checkSources(config)
    return config
  } catch (error) {
    if (!(error instanceof ColloquyError) || error.detail.what.startsWith(IN_LINK)) throw error
    const { detail } = error
    const newer = Number(raw.version) > CONFIG_VERSION
    const { what, found, wanted, todo } = detail
    throw damaged(what, found, wanted, newer ? todo : ASK_AGAIN)
  }
}

function packedResult(result: SharedResult, mostMarks: number): NonNullable<Payload['result']> {
  const { chain, steps, digest, marks, solo } = result
  const thinned = Math.max(1, Math.ceil(marks.length / Math.max(1, mostMarks)))
  const kept = mostMarks === 0 ? [] : marks.filter((_, i) => (i + 1) % thinned === 0)
  return {
    chain,
    steps,
    digest: toBase64url(hexToBytes(digest)),
    every: kept[0]?.step ?? steps,
    marks: kept.map(({ begins }) => toBase64url(hexToBytes(begins))).join(''),
    ...(solo === null ? {} : { solo: solo.map(([before, after]) => [before, after]) }),
  }
}

function unpackedResult(packed: NonNullable<Payload['result']>, peers: number): SharedResult {
  const { chain, steps, every, marks, solo } = packed
  const hex = (name: string, text: string) => {
    const bytes = fromBase64url(text)
    if (bytes === null) throw damaged(`result.${name}`, JSON.stringify(text), 'bytes in base64url')
    return bytesToHex(bytes)
  }
  if (marks.length % MARK_CHARACTERS !== 0)
    throw damaged('result.marks', `${marks.length} characters`, `a multiple of ${MARK_CHARACTERS}`)
  const all = hex('marks', marks)
  const count = marks.length / MARK_CHARACTERS
  if (count * every >= steps && count > 0)
    throw damaged('result.marks', `${count} of them`, `fewer than ${steps} steps have, one every ${every}`)
  if (solo !== undefined && solo.length !== peers)
    throw damaged('result.solo', `${solo.length} of them`, `${peers}, one for each peer`)
  return {
    chain,
    steps,
    digest: hex('digest', packed.digest),
    marks: Array.from({ length: count }, (_, i) => ({
      step: (i + 1) * every,
      begins: all.slice(i * MARK_DIGITS, (i + 1) * MARK_DIGITS),
    })),
    solo: solo ?? null,
  }
}

function checkOf(config: RunConfig): string {
  return toBase64url(sha256(jsonBytes(config))).slice(0, CHECK_CHARACTERS)
}

const IN_LINK = 'link: '
const ASK_AGAIN = 'Ask for another link: this one cannot be used'

/** Maximum characters of a link's text in messages, because a link may hold any length. */
const LONGEST_SHOWN = 120

function damaged(
  field: string,
  found: string,
  wanted = 'what Colloquy puts there',
  todo = ASK_AGAIN,
): ColloquyError {
  return new ColloquyError({
    code: 'config',
    what: IN_LINK + clipped(field, LONGEST_SHOWN),
    found: clipped(found, LONGEST_SHOWN),
    wanted,
    todo,
  })
}
