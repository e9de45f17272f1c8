import { useId } from 'preact/hooks'
import type { PresetChoice } from './engine'
import { NUMBER_SETTINGS, type NumberSetting, type Settings } from './settings'
import type { WebGpuSupport } from './webgpu_support'

interface Props {
  readonly presets: readonly PresetChoice[]
  readonly settings: Settings
  readonly support: WebGpuSupport
  /** While a run is on, settings are shown but not changed. */
  readonly locked: boolean
  /** The setting an error was about. */
  readonly invalid: string | null
  readonly onChange: (settings: Settings) => void
  readonly onPreset: (name: string) => void
}

const ALWAYS_IN_SIGHT = 2

export function SettingsForm({ presets, settings, support, locked, invalid, onChange, onPreset }: Props) {
  const id = useId()
  const preset = presets.find(({ name }) => name === settings.preset)
  const number = (field: (typeof NUMBER_SETTINGS)[number]) => (
    <NumberInput
      key={field.name}
      field={field}
      value={settings.numbers[field.name]}
      invalid={invalid === field.name}
      onInput={(name, value) => onChange({ ...settings, numbers: { ...settings.numbers, [name]: value } })}
    />
  )
  return (
    <form class="settings card" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      <fieldset disabled={locked}>
        <div class="settings-row">
          <div class="field field-preset">
            <label for={`${id}-preset`}>Preset</label>
            <select
              id={`${id}-preset`}
              value={settings.preset}
              aria-describedby={`${id}-preset-hint`}
              onChange={(event) => onPreset(event.currentTarget.value)}
            >
              {presets.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
            <p class="hint" id={`${id}-preset-hint`}>
              {preset?.title}
            </p>
          </div>
          <BackendChoice settings={settings} support={support} onChange={onChange} />
          {NUMBER_SETTINGS.slice(0, ALWAYS_IN_SIGHT).map(number)}
        </div>
        <details>
          <summary>More settings</summary>
          <div class="settings-row">{NUMBER_SETTINGS.slice(ALWAYS_IN_SIGHT).map(number)}</div>
        </details>
      </fieldset>
    </form>
  )
}

function BackendChoice({ settings, support, onChange }: Pick<Props, 'settings' | 'support' | 'onChange'>) {
  const id = useId()
  const option = (backend: Settings['backend'], label: string, available: boolean) => (
    <label class="segment">
      <input
        type="radio"
        name={`${id}-backend`}
        value={backend}
        checked={settings.backend === backend}
        disabled={!available}
        onChange={() => onChange({ ...settings, backend })}
      />
      <span>{label}</span>
    </label>
  )
  return (
    <div class="field field-backend" role="radiogroup" aria-labelledby={`${id}-label`}>
      <span class="label" id={`${id}-label`}>
        Backend
      </span>
      <div class="segments">
        {option('wasm', 'wasm', true)}
        {option('webgpu', 'WebGPU', support.state === 'there')}
      </div>
      <p class={support.state === 'missing' ? 'hint hint-strong' : 'hint'}>{supportLine(support)}</p>
    </div>
  )
}

function supportLine(support: WebGpuSupport): string {
  switch (support.state) {
    case 'unknown':
      return 'looking for a graphics adapter …'
    case 'there':
      return `graphics adapter: ${support.adapter || 'unnamed'}`
    case 'missing':
      return `No WebGPU here: ${support.why}.`
  }
}

function NumberInput(props: {
  readonly field: (typeof NUMBER_SETTINGS)[number]
  readonly value: string
  readonly invalid: boolean
  readonly onInput: (name: NumberSetting, value: string) => void
}) {
  const id = useId()
  const { name, label, hint } = props.field
  return (
    <div class="field field-number">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        autocomplete="off"
        value={props.value}
        aria-invalid={props.invalid}
        aria-describedby={`${id}-hint`}
        onInput={(event) => props.onInput(name, event.currentTarget.value)}
      />
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  )
}
