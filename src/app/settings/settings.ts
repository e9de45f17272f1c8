/** The visitor's settings as they are typed, and the run configuration they make. */
import { fewestPeers, parseRunConfig, type RunConfig } from '../../config/config'
import { describeSetting, givenOrDefault, type SettingName, settingDomain } from '../../config/setting_domain'

export interface Field {
  readonly name: SettingName
  readonly label: string
  /** The field means something only where this setting has one of these values. */
  readonly needs?: readonly [name: SettingName, ...values: string[]]
}

const DISCUSSING = ['method', 'ilr', 'self-debate'] as const

export const BASIC_FIELDS: readonly Field[] = [
  { name: 'seed', label: 'Seed' },
  { name: 'steps', label: 'Steps' },
  { name: 'method', label: 'Method' },
]

const FOLDED_FIELDS: Readonly<Record<string, readonly Field[]>> = {
  Discussion: [
    { name: 'interaction', label: 'Help or compete', needs: DISCUSSING },
    { name: 'cooperateProbability', label: 'Chance of helping', needs: ['interaction', 'random'] },
    { name: 'difficultyJudge', label: 'What is hard', needs: DISCUSSING },
    { name: 'discuss', label: 'Discuss', needs: DISCUSSING },
    { name: 'discussionAdapter', label: 'Discussed with', needs: DISCUSSING },
  ],
  'Tries and rewards': [
    { name: 'questionsPerStep', label: 'Questions per step' },
    { name: 'numGenerations', label: 'Tries per question' },
    { name: 'maxCompletionLength', label: 'Longest answer' },
    { name: 'temperature', label: 'Temperature' },
    { name: 'reward', label: 'Reward' },
    { name: 'calibration', label: 'Calibration' },
    { name: 'scaleRewards', label: 'Scale rewards' },
  ],
  Learning: [
    { name: 'trainStages', label: 'Learn from' },
    { name: 'trainContext', label: 'Joint answers' },
    { name: 'learningRate', label: 'Learning rate' },
    { name: 'lrSchedulerType', label: 'Learning rate falls' },
    { name: 'numIterations', label: 'Updates per step' },
    { name: 'lossType', label: 'What counts the same' },
    { name: 'beta', label: 'Hold near the start' },
    { name: 'epsilon', label: 'Rarer at most' },
    { name: 'epsilonHigh', label: 'Likelier at most' },
  ],
  Questions: [{ name: 'questionFile', label: 'Questions from' }],
  'Measuring and keeping': [
    { name: 'abilityQuestions', label: 'Ability questions' },
    { name: 'evalEvery', label: 'Test every' },
    { name: 'evalSize', label: 'Test size' },
    { name: 'evalMethods', label: 'Test also' },
    { name: 'evalMethodsEvery', label: 'Test these every' },
    { name: 'loadBestModelAtEnd', label: 'End with the best' },
    { name: 'checkpointEvery', label: 'Save every' },
  ],
}

export const MORE_FIELDS = Object.entries(FOLDED_FIELDS).map(([title, fields]) => ({ title, fields }))
export const FIELDS: readonly Field[] = [...BASIC_FIELDS, ...MORE_FIELDS.flatMap(({ fields }) => fields)]

/** A number as typed, a choice, a switch, or several choices. */
export type SettingValue = string | boolean | readonly string[]

export interface Settings {
  /** A preset, a kept run or a shared one, with the peers and the backend that the visitor has chosen. */
  readonly base: RunConfig
  /** Of every field; numbers as typed, so that a wrong entry can be shown back. */
  readonly values: Readonly<Partial<Record<SettingName, SettingValue>>>
}

export function settingsOf(config: RunConfig): Settings {
  const values = FIELDS.map(({ name }) => [name, shown(givenOrDefault(config, name))])
  return { base: config, values: Object.fromEntries(values) }
}

function shown(value: Exclude<RunConfig[SettingName], undefined>): SettingValue {
  return typeof value === 'number' || value === null ? String(value ?? '') : value
}

/** @throws ColloquyError `config` naming the setting at fault and showing what was typed. */
export function configOf({ base, values }: Settings): RunConfig {
  const changed = Object.fromEntries(FIELDS.map(({ name }) => [name, meant(name, values[name])]))
  // Who names a file wants it asked, as with the command's --task-file.
  const task = typeof changed.questionFile === 'string' ? 'question-file' : base.task
  return parseRunConfig({ ...base, task, ...changed })
}

function meant(name: SettingName, value: SettingValue | undefined): unknown {
  const domain = settingDomain(name)
  if (typeof value !== 'string' || (domain.kind !== 'number' && domain.kind !== 'text')) return value
  const typed = value.trim()
  if (typed === '') return domain.kind === 'text' || domain.optional ? null : typed
  return domain.kind === 'text' || Number.isNaN(Number(typed)) ? typed : Number(typed)
}

export function fewestOf({ values }: Settings): number {
  return fewestPeers(METHODS.find((method) => method === values.method) ?? 'ilr')
}

export function applies({ needs }: Field, values: Settings['values']): boolean {
  if (needs === undefined) return true
  const [name, ...wanted] = needs
  const deciding = FIELDS.find((field) => field.name === name)
  return (
    wanted.some((value) => value === values[name]) && (deciding === undefined || applies(deciding, values))
  )
}

/** Settings that the form shows in another way than by a field, and settings that experiments change. */
const OTHER_LABELS: Readonly<Partial<Record<keyof RunConfig, string>>> = {
  preset: 'Preset',
  backend: 'Computed by',
  peers: 'Peers',
  discussGenerations: 'Ideas discussed per question',
}

/** Texts of settings whose missing value does not mean “none”. */
const UNSET_TEXTS: Readonly<Partial<Record<keyof RunConfig, string>>> = {
  discussGenerations: 'all',
  maxCompletionLength: 'as the task says',
}

/** Returns the page's name of a setting; null if it has none. */
export function settingLabel(name: keyof RunConfig): string | null {
  return FIELDS.find((field) => field.name === name)?.label ?? OTHER_LABELS[name] ?? null
}

export const METHOD_TITLES: Readonly<Record<RunConfig['method'], string>> = {
  ilr: 'Discuss',
  solo: 'Practise alone',
  'share-only': 'Copy right answers',
  'self-debate': 'Debate with itself',
}
const METHODS = Object.keys(METHOD_TITLES) as RunConfig['method'][]

export const BACKEND_TITLES: Readonly<Record<RunConfig['backend'], string>> = {
  wasm: 'Processor (wasm)',
  webgpu: 'Graphics card (WebGPU)',
}

export function settingText(name: keyof RunConfig, value: RunConfig[keyof RunConfig]): string {
  if (name === 'method') return METHOD_TITLES[value as RunConfig['method']]
  if (name === 'backend') return BACKEND_TITLES[value as RunConfig['backend']]
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (!Array.isArray(value)) return String(value ?? UNSET_TEXTS[name] ?? 'none')
  return value.map((one) => (typeof one === 'string' ? one : peerText(one))).join(', ') || 'none'
}

export function settingsText(names: readonly (keyof RunConfig)[], config: RunConfig): string {
  return names.map((name) => `${settingLabel(name) ?? name}: ${settingText(name, config[name])}`).join(' · ')
}

function peerText({ id, source, dtype, thinking }: RunConfig['peers'][number]): string {
  const how = [source, dtype, thinking ? 'thinking' : undefined].filter((part) => part !== undefined)
  return `${id} (${how.join(', ')})`
}

export function fieldHint({ name }: Field): string {
  const domain = settingDomain(name)
  const range = domain.kind === 'number' ? domain.range : ''
  const empty = domain.kind === 'number' && domain.optional ? 'or empty' : ''
  const entry = [range, empty].filter((part) => part !== '').join(', ')
  return [describeSetting(name), entry].filter((part) => part !== '').join('; ')
}
