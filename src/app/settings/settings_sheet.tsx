import { useEffect, useId, useRef } from 'preact/hooks'
import { settingDomain } from '../../config/setting_domain'
import { adapterName, isSoftware, requestAdapter } from '../../gpu/device'
import { Button, Tick } from '../controls'
import { useRootMark } from '../document'
import { PeerModels } from '../models/peer_models'
import { useAnswer } from '../on_demand'
import type { Page } from '../page'
import { peerColour } from '../parts'
import { storyOf } from '../stories'
import { QuestionPreview } from './question_preview'
import {
  applies,
  BACKEND_TITLES,
  BASIC_FIELDS,
  type Field,
  fieldHint,
  MORE_FIELDS,
  type SettingValue,
  settingText,
} from './settings'

/** The settings of the next run. They cannot be changed while a run is on. */
export function SettingsSheet({ page, onClose }: { readonly page: Page; readonly onClose: () => void }) {
  const { hidden, over } = page
  const title = useRef<HTMLHeadingElement>(null)
  useRootMark('sheet')
  useEffect(() => title.current?.focus({ preventScroll: true }), [])
  const shown = (fields: readonly Field[]) =>
    fields
      .filter(({ name }) => !hidden.has(name))
      .map((field) => <SettingField key={field.name} field={field} page={page} />)
  const groups = MORE_FIELDS.map(({ title, fields }) => ({ title, shown: shown(fields) }))
  const more = hidden.has('more') ? [] : groups.filter(({ shown }) => shown.length > 0)
  return (
    <aside
      class="sheet settings-sheet"
      aria-labelledby="settings-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose()
      }}
    >
      <header class="row sheet-head">
        <h2 id="settings-title" tabIndex={-1} ref={title}>
          Settings
        </h2>
        <Button aria-label="Close the settings" onClick={onClose}>
          Close
        </Button>
      </header>
      {/* It scrolls, so a keyboard must reach it: while a run is on, nothing in it can have the focus. */}
      <div class="stack sheet-body" tabIndex={over ? undefined : 0}>
        <form class="settings" aria-label="Settings" onSubmit={(event) => event.preventDefault()}>
          <fieldset disabled={!over}>
            <div class="settings-row">
              {hidden.has('preset') ? null : <PresetChoice page={page} />}
              {hidden.has('backend') ? null : <BackendChoice page={page} />}
              {shown(BASIC_FIELDS)}
            </div>
            {hidden.has('models') ? null : <PeerModels page={page} />}
            <details hidden={more.length === 0}>
              <summary>More settings</summary>
              {more.map(({ title, shown }) => (
                <section key={title} class="stack settings-group" aria-label={title}>
                  <h3>{title}</h3>
                  <div class="settings-row">{shown}</div>
                </section>
              ))}
            </details>
          </fieldset>
        </form>
        <p class="hint">
          Everything runs on this device, and nothing you do here leaves it. Models are loaded from this
          page’s own address; from anywhere else only what you have agreed to.
          {page.offline.kept ? ' The page is kept here and opens without a network.' : null}
        </p>
      </div>
    </aside>
  )
}

function BackendChoice({ page: { settings, setSettings } }: { readonly page: Page }) {
  const id = useId()
  const support = useAnswer(webGpuSupport, [])
  return (
    <div class="field field-wide" role="radiogroup" aria-labelledby={`${id}-label`}>
      <span class="label" id={`${id}-label`}>
        Computed by
      </span>
      <div class="segments">
        {(['wasm', 'webgpu'] as const).map((backend) => (
          <label key={backend} class="segment">
            <input
              type="radio"
              name={`${id}-backend`}
              value={backend}
              checked={settings.base.backend === backend}
              disabled={backend === 'webgpu' && !support?.there}
              onChange={() => setSettings({ ...settings, base: { ...settings.base, backend } })}
            />
            <span>{BACKEND_TITLES[backend]}</span>
          </label>
        ))}
      </div>
      <p class={support?.there === false ? 'hint hint-strong' : 'hint'}>
        {support?.text ?? 'looking for a graphics card …'} <code>backend</code>
      </p>
    </div>
  )
}

/** From this length on an explanation needs the width of two fields. */
const LONG_HINT = 70

function SettingField({ field, page }: { readonly field: Field; readonly page: Page }) {
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
      {name === 'questionFile' && value !== '' ? <QuestionPreview page={page} /> : null}
    </div>
  )
}

function PresetChoice({ page }: { readonly page: Page }) {
  const id = useId()
  return (
    <div class="stack presets" role="radiogroup" aria-label="Preset">
      {page.engine.presets.map(({ name, title, config }) => (
        <label key={name} class="pick preset">
          <input
            type="radio"
            name={id}
            checked={name === page.settings.base.preset}
            onChange={() => page.choosePreset(name)}
          />
          <Picture preset={name} peers={config.peers.map((peer) => peer.id)} />
          <span>
            <strong>{name}</strong> <span class="hint">{title}</span>
          </span>
        </label>
      ))}
    </div>
  )
}

const SQUARE = 10
const GAP = 3

/** One row of squares for each peer: what it can do is filled, what it lacks is hollow. Peers without a story are discs. */
function Picture({ preset, peers }: { readonly preset: string; readonly peers: readonly string[] }) {
  const story = storyOf(preset)
  const skills = story?.skills ?? ['']
  const place = (n: number) => n * (SQUARE + GAP) + 1
  return (
    <svg
      width={place(5)}
      height={place(peers.length)}
      viewBox={`0 0 ${place(5)} ${place(peers.length)}`}
      aria-hidden="true"
    >
      {peers.map((peer, row) => (
        <g key={peer} style={{ color: `var(${peerColour(row)})` }} fill="currentColor" stroke="currentColor">
          {skills.map((skill, column) => (
            <rect
              key={skill}
              x={place(column)}
              y={place(row)}
              width={SQUARE}
              height={SQUARE}
              rx={story === null ? SQUARE / 2 : 2}
              stroke-width={1.5}
              fill={story?.missing[peer]?.includes(skill) ? 'none' : undefined}
            />
          ))}
        </g>
      ))}
    </svg>
  )
}

/** Returns the graphics card, or why there is none and what helps. */
async function webGpuSupport() {
  if (!isSecureContext) return missing('it needs a secure page: open it over https, or from localhost')
  // Typed as always there, but Firefox and Safari lack it on some systems.
  const gpu = (navigator as { gpu?: GPU }).gpu
  if (gpu === undefined)
    return missing(
      `this browser has no WebGPU: ${wayToWebGpu(navigator.userAgent)}, or stay on the processor`,
    )
  try {
    const adapter = await requestAdapter(gpu)
    if (adapter === null)
      return missing('the browser found none that it may use: switch on hardware acceleration')
    return { there: true, text: adapterText(adapter.info) }
  } catch (error) {
    return missing(`the browser refused it (${error instanceof Error ? error.message : String(error)})`)
  }
}

/** Names the graphics card, or says that software plays one, which nobody should choose for speed. */
export function adapterText(info: GPUAdapterInfo): string {
  const name = adapterName(info)
  return isSoftware(info)
    ? `No graphics card, only software that emulates one on the processor: ${name}. The processor itself is much faster.`
    : `Graphics card: ${name}.`
}

/** What helps in a browser that has no WebGPU, or has it switched off. */
export function wayToWebGpu(userAgent: string): string {
  if (/Firefox\//.test(userAgent)) return 'in about:config set dom.webgpu.enabled to true and reload'
  if (/Version\/\S+ .*Safari\//.test(userAgent))
    return 'it comes with Safari 26; in an older one switch on WebGPU under Settings, Feature Flags'
  return 'try a current Chrome, Edge or Safari'
}

function missing(why: string) {
  return { there: false, text: `No graphics card here (WebGPU): ${why}.` }
}
