import { readFileSync } from 'node:fs'
import type { RunConfig } from '../../config/config'
import { PRESETS, presetConfig } from '../../config/presets'
import { describeSetting, SETTING_NAMES, type SettingName, settingDomain } from '../../config/setting_domain'
import { ColloquyError } from '../../errors'
import { parseSource, peersOf } from '../../hub/source'
import { DEFAULT_DTYPE, DTYPES } from '../../model/import/folder_files'
import { readRunFile } from '../../runs/file/read_run_file'
import { readLink } from '../../runs/share_link'
import type { SharedRun } from '../../runs/shared_run'
import type { Command, GivenOptions, Option } from '../options'
import { MODEL_OPTIONS, type ModelOptions, modelOptions, RUN_PLACES, type RunPlace } from './model_options'

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

/** Stands for no value, or no choice. */
const NONE = 'none'

const MAIN_OPTIONS = {
  preset: {
    value: 'NAME',
    help: `Which ready-made run: ${Object.keys(PRESETS).join(', ')}`,
    default: 'duet',
  },
  peers: {
    value: 'A,B',
    help: 'Who takes part: names of embedded peers, model folders, hub:owner/name[@revision] or https://host/folder; up to four; methods solo and self-debate take one, too',
  },
  dtype: {
    value: 'NAME',
    help: `Which of their model files: ${DTYPES.join(', ')}; ${DEFAULT_DTYPE} unless given`,
  },
  thinking: { help: 'They think before they answer, where their chat template leaves that open' },
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
const OTHER_OPTIONS: Readonly<Record<string, SettingName>> = Object.fromEntries(
  SETTING_NAMES.filter((name) => name !== 'questionFile' && !Object.values(MAIN).includes(name)).map(
    (name) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), name],
  ),
)

/** The setting that an option changes. */
const SETTING_OF: Readonly<Record<string, SettingName>> = { ...MAIN, ...OTHER_OPTIONS }

/** Returns the option that changes a setting, without its dashes; undefined for what is none. */
export function optionOf(setting: string): string | undefined {
  if (setting === 'questionFile') return TASK_FILE
  return Object.keys(SETTING_OF).find((name) => SETTING_OF[name] === setting)
}

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
  return { value, help: help.filter((part) => part !== '').join('; ') }
}

export const LEARN = {
  usage: 'npm run learn --',
  about:
    'Small language models discuss questions and learn from each other.\n' +
    'It runs in a headless Chrome, Chromium or Edge where there is one (CHROME_PATH says which), else in node; ' +
    'with --on firefox in a headless Firefox (FIREFOX_PATH says which).',
  options: {
    ...MAIN_OPTIONS,
    ...Object.fromEntries(
      Object.entries(OTHER_OPTIONS).map(([name, setting]) => [
        name,
        {
          ...settingOption(setting),
          group: `Every other setting of a run ("${NONE}" where nothing is meant)`,
        },
      ]),
    ),
  },
} satisfies Command

type Given = GivenOptions<typeof LEARN.options>

export interface LearnOptions {
  readonly config: RunConfig
  /** Null: see `RunOptions`. */
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

/** @throws ColloquyError `config` naming the option at fault; `storage` where `--resume` names no run file */
export function learnOptions(given: Given): LearnOptions {
  const elsewhere = {
    json: given.text('json'),
    exportRun: given.text('export'),
    exportTrl: given.text(EXPORT_TRL),
    models: modelOptions(given),
    place: given.choice('on', RUN_PLACES),
    cores: given.wholeNumber('cores', 1),
  }
  const link = given.text(URL_OPTION)
  if (link !== null) {
    onlyBeside(given, URL_OPTION, 'no settings: the link says them all')
    const shared = readLink(link)?.shared
    if (!shared) throw given.refusal(`--${URL_OPTION}`, 'no run in it', 'a link with #run=')
    return { config: shared.config, shared, from: null, ...elsewhere }
  }
  const file = given.text(RESUME)
  if (file !== null) {
    onlyBeside(given, RESUME, 'the settings that are in the file')
    const { config, bytes } = openRunFile(file)
    return { config, shared: null, from: bytes, ...elsewhere }
  }
  return { config: givenConfig(given), shared: null, from: null, ...elsewhere }
}

/** Beside what has all settings only what says where models come from, where it runs and where results go. */
function onlyBeside(given: Given, option: string, wanted: string): void {
  const other = given.names.find((name) => name !== option && !BESIDE_SETTINGS.includes(name))
  if (other !== undefined) throw given.refusal(`--${other}`, `it beside --${option}`, wanted)
}

function givenConfig(given: Given): RunConfig {
  const settings: Record<string, unknown> = {}
  for (const name of given.names) {
    const text = given.text(name)
    if (Object.hasOwn(SETTING_OF, name) && text !== null)
      settings[SETTING_OF[name]] = settingValue(given, name, text)
  }
  const questionFile = given.text(TASK_FILE)
  if (questionFile !== null) {
    if (settings.task !== undefined && settings.task !== 'question-file') {
      const wanted = `question-file, or no --task, beside --${TASK_FILE}`
      throw given.refusal('--task', JSON.stringify(settings.task), wanted)
    }
    settings.task = 'question-file'
    settings.questionFile = questionFile
  }
  const sources = given.text('peers')
  if (sources !== null) settings.peers = givenPeers(given, sources)
  const dtype = given.choice('dtype', DTYPES)
  const ofPeers = {
    ...(dtype === null ? {} : { dtype }),
    ...(given.has('thinking') ? { thinking: true } : {}),
  }
  const preset = given.text('preset')
  try {
    if (Object.keys(ofPeers).length > 0) {
      const { peers } = presetConfig(preset, settings)
      settings.peers = peers.map((peer) => ({ ...peer, ...ofPeers }))
    }
    return presetConfig(preset, settings)
  } catch (error) {
    throw error instanceof ColloquyError ? named(error) : error
  }
}

function givenPeers(given: Given, text: string): RunConfig['peers'] {
  const sources = text.split(',').map((part) => embeddedSource(part.trim()))
  try {
    for (const source of sources)
      if (parseSource(source).kind === 'picked')
        throw given.refusal('--peers', source, 'the path of the folder')
    return peersOf(sources)
  } catch (error) {
    if (!(error instanceof ColloquyError)) throw error
    throw given.refusal('--peers', error.detail.found, error.detail.wanted)
  }
}

/** The model folder of a preset's peer of that name; any other text is a source itself. */
function embeddedSource(text: string): string {
  const all = Object.values(PRESETS).flatMap(({ settings }) => settings.peers)
  return all.find(({ id, source }) => source === `models/${text}` && id === text)?.source ?? text
}

/** What a text means for a setting; whether the setting can be that, the schema says. */
function settingValue(given: Given, option: string, text: string): unknown {
  const domain = settingDomain(SETTING_OF[option])
  switch (domain.kind) {
    case 'switch':
      return given.known(`--${option}`, text, ['on', 'off']) === 'on'
    case 'choices':
      return text === NONE ? [] : text.split(',').map((part) => part.trim())
    case 'number':
      if (domain.optional && text === NONE) return null
      if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text))
        throw given.refusal(`--${option}`, JSON.stringify(text), 'a number')
      return Number(text)
    default:
      return text
  }
}

/** The same error, with the option's name in place of the setting's. */
function named(error: ColloquyError): ColloquyError {
  const { what, todo } = error.detail
  const setting = what.split('.')[0]
  const option = setting === 'preset' || setting === 'peers' ? setting : optionOf(setting)
  if (option === undefined) return error
  return new ColloquyError({
    ...error.detail,
    what: `--${option}`,
    todo: todo === `Change ${what}` ? `Change --${option}` : todo,
  })
}

/** Reads a run that was exported before. @throws ColloquyError `storage` if it cannot be read, and as `readRunFile` */
function openRunFile(path: string): { config: RunConfig; bytes: Uint8Array } {
  let bytes: Uint8Array
  try {
    // Not a Buffer, whose slices share its memory.
    bytes = new Uint8Array(readFileSync(path))
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: `--resume ${path}`,
        found: `a file that cannot be read (${(cause as NodeJS.ErrnoException).code})`,
        wanted: 'a run file',
        todo: 'Check its name',
      },
      { cause },
    )
  }
  return { config: readRunFile(bytes).config, bytes }
}
