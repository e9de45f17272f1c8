import { useId } from 'preact/hooks'
import type { Hideable } from '../../runs/lesson'
import type { PresetChoice as Preset } from '../engine'
import { offeredPeers } from '../models/peer_choice'
import { PeerModels } from '../models/peer_models'
import type { RunEstimate } from '../models/run_estimate'
import { PresetChoice } from './preset_choice'
import { SettingField } from './setting_field'
import { applies, BASIC_FIELDS, type Field, fewestOf, MORE_FIELDS, type Settings } from './settings'
import type { WebGpuSupport } from './webgpu_support'

interface Props {
  readonly presets: readonly Preset[]
  readonly settings: Settings
  readonly support: WebGpuSupport
  /** While a run is on, settings are shown but not changed. */
  readonly locked: boolean
  /** The setting an error was about. */
  readonly invalid: string | null
  /** What a link hides. */
  readonly hidden: ReadonlySet<Hideable>
  readonly onChange: (settings: Settings) => void
  readonly onPreset: (name: string) => void
  /** Of memory; null where there is none yet. */
  readonly estimate: RunEstimate | null
  /** Another model is wanted for this peer. */
  readonly onModel: (peer: number) => void
}

export function SettingsForm(props: Props) {
  const { presets, settings, support, locked, invalid, hidden, estimate, onChange, onPreset, onModel } = props
  const shown = (fields: readonly Field[]) => fields.filter(({ name }) => !hidden.has(name))
  const groups = hidden.has('more')
    ? []
    : MORE_FIELDS.map(({ title, fields }) => ({ title, fields: shown(fields) })).filter(
        ({ fields }) => fields.length > 0,
      )
  const control = (field: Field) => (
    <SettingField
      key={field.name}
      field={field}
      value={settings.values[field.name] ?? ''}
      enabled={applies(field, settings.values)}
      invalid={invalid === field.name}
      onChange={(value) => onChange({ ...settings, values: { ...settings.values, [field.name]: value } })}
    />
  )
  return (
    <form class="settings" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
      <fieldset disabled={locked}>
        <div class="settings-row settings-basic">
          {hidden.has('preset') ? null : (
            <PresetChoice presets={presets} chosen={settings.base.preset} onChoose={onPreset} />
          )}
          {hidden.has('backend') ? null : (
            <BackendChoice settings={settings} support={support} onChange={onChange} />
          )}
          {shown(BASIC_FIELDS).map(control)}
        </div>
        {hidden.has('models') ? null : (
          <PeerModels
            peers={settings.peers}
            fewest={fewestOf(settings)}
            offered={offeredPeers(presets, settings.base.preset)}
            backend={settings.backend}
            estimate={estimate}
            onModel={onModel}
            onPeers={(peers) => onChange({ ...settings, peers })}
          />
        )}
        <details class="settings-more" hidden={groups.length === 0}>
          <summary>More settings</summary>
          {groups.map(({ title, fields }) => (
            <section key={title} class="settings-group" aria-label={title}>
              <h3>{title}</h3>
              <div class="settings-row">{fields.map(control)}</div>
            </section>
          ))}
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
    <div class="field field-wide" role="radiogroup" aria-labelledby={`${id}-label`}>
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
