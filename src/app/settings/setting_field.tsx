import { useId } from 'preact/hooks'
import { settingDomain } from '../../runs/setting_domain'
import { type Field, fieldHint, type SettingValue, settingText } from './settings'

interface Props {
  readonly field: Field
  readonly value: SettingValue
  readonly enabled: boolean
  readonly invalid: boolean
  readonly onChange: (value: SettingValue) => void
}

/** From this length on an explanation needs the width of two fields. */
const LONG_HINT = 70

/** One setting: the control that its values call for, what it is about, and its name in a configuration. */
export function SettingField({ field, value, enabled, invalid, onChange }: Props) {
  const id = useId()
  const domain = settingDomain(field.name)
  const hint = fieldHint(field)
  const shared = { id, disabled: !enabled, 'aria-invalid': invalid, 'aria-describedby': `${id}-hint` }
  const wide = hint.length > LONG_HINT || domain.kind === 'choices'
  return (
    <div class={wide ? 'field field-wide' : 'field'} data-off={!enabled}>
      {domain.kind === 'choices' ? (
        <span class="label" id={`${id}-label`}>
          {field.label}
        </span>
      ) : (
        <label for={id}>{field.label}</label>
      )}
      {domain.kind === 'choice' ? (
        <select {...shared} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
          {domain.options.map((option) => (
            <option key={option} value={option}>
              {field.name === 'method' ? settingText('method', option) : option}
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
      ) : domain.kind === 'choices' ? (
        <Choices
          options={domain.options}
          chosen={Array.isArray(value) ? value : []}
          labelledBy={`${id}-label`}
          invalid={invalid}
          onChange={onChange}
        />
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
        <code>{field.name}</code> {hint}
      </p>
    </div>
  )
}

function Choices(props: {
  readonly options: readonly string[]
  readonly chosen: readonly string[]
  readonly labelledBy: string
  readonly invalid: boolean
  readonly onChange: (chosen: readonly string[]) => void
}) {
  const { options, chosen, labelledBy, invalid, onChange } = props
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would take its own look and its own disabled state
    <div class="row ticks" role="group" aria-labelledby={labelledBy} data-invalid={invalid}>
      {options.map((option) => (
        <label key={option} class="tick">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) => {
              const ticked = event.currentTarget.checked
              // In the schema's order, whatever the order of clicks: equal settings are one run.
              onChange(options.filter((one) => (one === option ? ticked : chosen.includes(one))))
            }}
          />
          {option}
        </label>
      ))}
    </div>
  )
}
