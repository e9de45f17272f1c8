import { useId } from 'preact/hooks'
import { settingDomain } from '../../config/setting_domain'
import { Tick } from '../controls'
import type { Page } from '../page'
import { applies, type Field, fieldHint, type SettingValue, settingText } from './settings'

/** From this length on an explanation needs the width of two fields. */
const LONG_HINT = 70

/** One setting: the control that its values call for, what it is about, and its name in a configuration. */
export function SettingField({ field, page }: { readonly field: Field; readonly page: Page }) {
  const { name, label } = field
  const { settings, setSettings } = page
  const id = useId()
  const domain = settingDomain(name)
  const hint = fieldHint(field)
  const value = settings.values[name] ?? ''
  const enabled = applies(field, settings.values)
  const onChange = (changed: SettingValue) =>
    setSettings({ ...settings, values: { ...settings.values, [name]: changed } })
  const shared = {
    id,
    disabled: !enabled,
    'aria-invalid': page.run.problem?.what === name,
    'aria-describedby': `${id}-hint`,
  }
  const chosen = Array.isArray(value) ? value : []
  const isGroup = domain.kind === 'choices'
  return (
    <div class={isGroup || hint.length > LONG_HINT ? 'field field-wide' : 'field'} data-off={!enabled}>
      {isGroup ? (
        <span class="label" id={`${id}-label`}>
          {label}
        </span>
      ) : (
        <label for={id}>{label}</label>
      )}
      {domain.kind === 'choices' ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would take its own look and its own disabled state
        <div
          class="row ticks"
          role="group"
          aria-labelledby={`${id}-label`}
          data-invalid={shared['aria-invalid']}
        >
          {domain.options.map((option) => (
            <Tick
              key={option}
              checked={chosen.includes(option)}
              // In the schema's order, whatever the order of clicks: equal settings are one run.
              onChange={(on) =>
                onChange(domain.options.filter((one) => (one === option ? on : chosen.includes(one))))
              }
            >
              {option}
            </Tick>
          ))}
        </div>
      ) : domain.kind === 'choice' ? (
        <select {...shared} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
          {domain.options.map((option) => (
            <option key={option} value={option}>
              {name === 'method' ? settingText('method', option) : option}
            </option>
          ))}
        </select>
      ) : domain.kind === 'switch' ? (
        <span class="row ticks">
          <input
            {...shared}
            type="checkbox"
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
          <span aria-hidden="true">{value === true ? 'on' : 'off'}</span>
        </span>
      ) : (
        <input
          {...shared}
          type="text"
          inputMode={domain.kind === 'number' ? 'decimal' : 'text'}
          autocomplete="off"
          value={String(value)}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <p class="hint" id={`${id}-hint`}>
        {hint} <code>{name}</code>
      </p>
    </div>
  )
}
