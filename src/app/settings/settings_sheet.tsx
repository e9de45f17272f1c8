import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from '../controls'
import { useRootMark } from '../document'
import { PeerModels } from '../models/peer_models'
import { useAnswer } from '../on_demand'
import type { Page } from '../page'
import { PresetChoice } from './preset_choice'
import { SettingField } from './setting_field'
import { BACKEND_TITLES, BASIC_FIELDS, type Field, MORE_FIELDS } from './settings'
import { webGpuSupport } from './webgpu_support'

/** The settings of the next run, beside the page. While a run is on they are shown but not changed. */
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
