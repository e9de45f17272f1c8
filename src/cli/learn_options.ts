import { parseArgs } from 'node:util'
import { ColloquyError } from '../errors'
import { parseSource, peersOf } from '../hub/source'
import { DEFAULT_DTYPE, DTYPES } from '../model/dtypes'
import type { RunConfig } from '../runs/config'
import { PRESETS, presetConfig } from '../runs/presets'
import { describeSetting, SETTING_NAMES, type SettingName, settingDomain } from '../runs/setting_domain'
import { readLink } from '../runs/share_link'
import type { SharedRun } from '../runs/shared_run'
import { MODEL_OPTIONS, type ModelOptions, modelOptions } from './model_options'
import { RUN_PLACES, type RunPlace } from './open_run'
import { openRunFile } from './saved_run'

interface Option {
  /** What stands for its value in the help text; empty for one without a value. */
  readonly value: string
  readonly help: string
  /** The setting it changes, where it is one. */
  readonly setting?: SettingName
}

/** Settings asked for most, under short names. */
const MAIN: Readonly<Record<string, SettingName>> = {
  method: 'method',
  interaction: 'interaction',
  judge: 'difficultyJudge',
  calibration: 'calibration',
  'train-context': 'trainContext',
  steps: 'steps',
  seed: 'seed',
  backend: 'backend',
  questions: 'questionsPerStep',
  group: 'numGenerations',
  'eval-every': 'evalEvery',
  'eval-size': 'evalSize',
}

const TASK_FILE = 'task-file'
const EXPORT_TRL = 'export-trl'
const URL_OPTION = 'url'
const RESUME = 'resume'
/** What may be said of a run whose settings are in a link or a file. */
const BESIDE_SETTINGS = ['json', 'export', EXPORT_TRL, 'on', 'cores', ...Object.keys(MODEL_OPTIONS)]

const MAIN_OPTIONS: Readonly<Record<string, Option>> = {
  preset: { value: 'NAME', help: `Which ready-made run: ${Object.keys(PRESETS).join(', ')}` },
  peers: {
    value: 'A,B',
    help: 'Who takes part: model folders, hub:owner/name[@revision] or https://host/folder, two to four',
  },
  dtype: {
    value: 'NAME',
    help: `Which of their model files: ${DTYPES.join(', ')}; ${DEFAULT_DTYPE} unless given`,
  },
  thinking: { value: '', help: 'They think before they answer, where their chat template leaves that open' },
  [TASK_FILE]: {
    value: 'FILE',
    help: 'Ask the questions of a file or URL: JSON Lines of {question, answer}',
  },
  ...Object.fromEntries(Object.entries(MAIN).map(([name, setting]) => [name, settingOption(setting)])),
  [URL_OPTION]: {
    value: 'LINK',
    help: 'The run of a link, as the page and this command make them; exits with 2 where it does not come out the same',
  },
  ...MODEL_OPTIONS,
  on: {
    value: RUN_PLACES.join('|'),
    help: 'Where it runs; a Chrome, Chromium or Edge where there is one, else node, unless given',
  },
  cores: { value: 'N', help: 'Cores it may use; all there are unless given' },
  json: { value: 'FILE', help: 'Also write everything to FILE, one JSON object a line' },
  export: {
    value: 'DIR',
    help: 'Also write the run as a file, metrics, a transcript for reading, and adapters for PEFT',
  },
  [RESUME]: { value: 'FILE', help: 'Go on with an exported run; its settings are in its file' },
  [EXPORT_TRL]: {
    value: 'DIR',
    help: 'Also write what it takes to go on in Hugging Face TRL, adapters included',
  },
}

/** Every other setting, under its own name. */
const OTHER_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  SETTING_NAMES.filter((name) => name !== 'questionFile' && !Object.values(MAIN).includes(name)).map(
    (name) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), settingOption(name)],
  ),
)

const OPTIONS: Readonly<Record<string, Option>> = { ...MAIN_OPTIONS, ...OTHER_OPTIONS }

/** Stands for no value, or no choice. */
const NONE = 'none'

function settingOption(setting: SettingName): Option {
  const domain = settingDomain(setting)
  const value =
    domain.kind === 'choice'
      ? domain.options.join('|')
      : domain.kind === 'choices'
        ? 'A,B,…'
        : domain.kind === 'switch'
          ? 'on|off'
          : domain.kind === 'number'
            ? 'N'
            : 'TEXT'
  const help = [
    describeSetting(setting),
    domain.kind === 'choices' ? `of ${domain.options.join(', ')}` : '',
    domain.kind === 'number' ? domain.range : '',
  ]
  return { value, help: help.filter((part) => part !== '').join('; '), setting }
}

const HELP_COLUMN = 28
const HELP_WIDTH = 110

/** Options and what they do in two columns; an option too long for the first has a line of its own. */
function listed(options: Readonly<Record<string, Option>>): string {
  return Object.entries(options)
    .map(([name, { value, help }]) => {
      const left = `  --${name} ${value}`.trimEnd()
      const lines = folded(help, HELP_WIDTH - HELP_COLUMN)
      const head =
        left.length < HELP_COLUMN ? left.padEnd(HELP_COLUMN) : `${left}\n${' '.repeat(HELP_COLUMN)}`
      return `${head}${lines.join(`\n${' '.repeat(HELP_COLUMN)}`)}`.trimEnd()
    })
    .join('\n')
}

function folded(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

export const LEARN_HELP = `npm run learn -- [options]

Small language models discuss questions and learn from each other.
It runs in a headless Chrome, Chromium or Edge where there is one (CHROME_PATH says which), else in node;
with --on firefox in a headless Firefox (FIREFOX_PATH says which).

${listed(MAIN_OPTIONS)}
${'  --help'.padEnd(HELP_COLUMN)}This text

Every other setting of a run ("${NONE}" where nothing is meant):

${listed(OTHER_OPTIONS)}
`

export interface LearnOptions {
  readonly config: RunConfig
  /** Null: see `RunWishes`. */
  readonly place: RunPlace | null
  readonly cores: number | null
  /** The file of a run to go on with, or null to start one. */
  readonly from: Uint8Array | null
  /** Where the JSON lines go, or null. */
  readonly json: string | null
  /** The folder for the run, or null. */
  readonly exportRun: string | null
  /** The folder for TRL, or null. */
  readonly exportTrl: string | null
  readonly models: ModelOptions
  /** The run of a link, whose configuration it is; or null. */
  readonly shared: SharedRun | null
}

function bad(what: string, found: string, wanted: string): ColloquyError {
  const todo = 'See npm run learn -- --help'
  return new ColloquyError({ code: 'config', what, found, wanted, todo })
}

/**
 * Reads the arguments of `learn`; null asks for the help text.
 * @throws ColloquyError `config` naming the option at fault; `storage` where `--resume` names no run file.
 */
export function parseLearnOptions(args: readonly string[]): LearnOptions | null {
  const given = givenOptions(args)
  if (given === null) return null
  const elsewhere = {
    json: given.json ?? null,
    exportRun: given.export ?? null,
    exportTrl: given[EXPORT_TRL] ?? null,
    models: modelOptions(given),
    place: given.on === undefined ? null : givenPlace(given.on),
    cores: given.cores === undefined ? null : givenCores(given.cores),
  }
  if (Object.hasOwn(given, URL_OPTION)) {
    onlyBeside(given, URL_OPTION, 'no settings: the link says them all')
    const shared = readLink(given[URL_OPTION])?.shared
    if (!shared) throw bad(`--${URL_OPTION}`, 'no run in it', 'a link with #run=')
    return { config: shared.config, shared, from: null, ...elsewhere }
  }
  if (Object.hasOwn(given, RESUME)) {
    onlyBeside(given, RESUME, 'the settings that are in the file')
    const { config, bytes } = openRunFile(given[RESUME])
    return { config, shared: null, from: bytes, ...elsewhere }
  }
  return { config: givenConfig(given), shared: null, from: null, ...elsewhere }
}

/** Beside what has all settings only what says where models come from, where it runs and where results go. */
function onlyBeside(given: Readonly<Record<string, string>>, option: string, wanted: string): void {
  const other = Object.keys(given).find((name) => name !== option && !BESIDE_SETTINGS.includes(name))
  if (other !== undefined) throw bad(`--${other}`, `it beside --${option}`, wanted)
}

function givenConfig(given: Readonly<Record<string, string>>): RunConfig {
  const settings: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(given)) {
    const { setting } = OPTIONS[name]
    if (setting) settings[setting] = settingValue(name, setting, text)
  }
  if (Object.hasOwn(given, TASK_FILE)) {
    if (settings.task !== undefined && settings.task !== 'question-file')
      throw bad('--task', JSON.stringify(settings.task), `question-file, or no --task, beside --${TASK_FILE}`)
    settings.task = 'question-file'
    settings.questionFile = given[TASK_FILE]
  }
  if (given.peers !== undefined) settings.peers = givenPeers(given.peers)
  if (given.dtype !== undefined && !DTYPES.some((known) => known === given.dtype))
    throw bad('--dtype', JSON.stringify(given.dtype), `one of: ${DTYPES.join(', ')}`)
  const ofPeers = {
    ...(given.dtype === undefined ? {} : { dtype: given.dtype }),
    ...(given.thinking === undefined ? {} : { thinking: true }),
  }
  try {
    if (Object.keys(ofPeers).length > 0) {
      const { peers } = presetConfig(given.preset ?? 'duet', settings)
      settings.peers = peers.map((peer) => ({ ...peer, ...ofPeers }))
    }
    return presetConfig(given.preset ?? 'duet', settings)
  } catch (error) {
    throw error instanceof ColloquyError ? named(error) : error
  }
}

function givenPlace(text: string): RunPlace {
  const place = RUN_PLACES.find((known) => known === text)
  if (place === undefined) throw bad('--on', JSON.stringify(text), `one of: ${RUN_PLACES.join(', ')}`)
  return place
}

function givenCores(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw bad('--cores', JSON.stringify(text), 'a number from 1')
  return Number(text)
}

function givenPeers(text: string): RunConfig['peers'] {
  const sources = text.split(',').map((part) => part.trim())
  try {
    for (const source of sources)
      if (parseSource(source).kind === 'picked') throw bad('--peers', source, 'the path of the folder')
    return peersOf(sources)
  } catch (error) {
    if (!(error instanceof ColloquyError)) throw error
    throw bad('--peers', error.detail.found, error.detail.wanted)
  }
}

/** The options' texts by name, or null where help is asked for. */
function givenOptions(args: readonly string[]): Record<string, string> | null {
  const type = ({ value }: Option) => (value === '' ? ('boolean' as const) : ('string' as const))
  const options = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, option]) => [name, { type: type(option) }]),
  )
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  })
  const given: Record<string, string> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') throw bad('argument', JSON.stringify(token.value), 'options only')
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.rawName === '-h') return null
    if (!Object.hasOwn(OPTIONS, token.name))
      throw bad(`option ${token.rawName}`, 'an option that does not exist', `one of: ${names()}`)
    if (OPTIONS[token.name].value === '') {
      if (token.value !== undefined) throw bad(token.rawName, JSON.stringify(token.value), 'no value')
      given[token.name] = 'on'
      continue
    }
    if (token.value === undefined || token.value === '' || token.value.startsWith('--'))
      throw bad(token.rawName, 'no value', `a value (${OPTIONS[token.name].value})`)
    given[token.name] = token.value
  }
  return given
}

/** What a text means for a setting; whether the setting can be that, the schema says. */
function settingValue(option: string, setting: SettingName, text: string): unknown {
  const domain = settingDomain(setting)
  switch (domain.kind) {
    case 'switch':
      if (text !== 'on' && text !== 'off') throw bad(`--${option}`, JSON.stringify(text), 'on or off')
      return text === 'on'
    case 'choices':
      return text === NONE ? [] : text.split(',').map((part) => part.trim())
    case 'number':
      if (domain.optional && text === NONE) return null
      if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text))
        throw bad(`--${option}`, JSON.stringify(text), 'a number')
      return Number(text)
    default:
      return text
  }
}

/** The same error, with the option's name in place of the setting's. */
function named(error: ColloquyError): ColloquyError {
  const { what, todo } = error.detail
  const setting = what.split('.')[0]
  const option =
    setting === 'preset' || setting === 'peers'
      ? setting
      : Object.keys(OPTIONS).find((name) => OPTIONS[name].setting === setting)
  if (option === undefined) return error
  return new ColloquyError({
    ...error.detail,
    what: `--${option}`,
    todo: todo === `Change ${what}` ? `Change --${option}` : todo,
  })
}

function names(): string {
  return Object.keys(OPTIONS)
    .map((name) => `--${name}`)
    .join(', ')
}
