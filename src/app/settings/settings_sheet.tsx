import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../controls'
import type { Page } from '../page'
import { useRootMark } from '../use_root_mark'
import { SettingsForm } from './settings_form'
import { type WebGpuSupport, webGpuSupport } from './webgpu_support'

/** The settings of the next run, beside the page. */
export function SettingsSheet({ page, onClose }: { readonly page: Page; readonly onClose: () => void }) {
  const { engine, settings, models } = page
  const [support, setSupport] = useState<WebGpuSupport>({ state: 'unknown' })
  const title = useRef<HTMLHeadingElement>(null)
  useRootMark('sheet')
  useEffect(() => {
    webGpuSupport().then(setSupport)
    title.current?.focus({ preventScroll: true })
  }, [])
  return (
    <aside
      class="sheet settings-sheet"
      aria-labelledby="settings-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose()
      }}
    >
      <header class="sheet-head">
        <h2 id="settings-title" tabIndex={-1} ref={title}>
          Settings
        </h2>
        <Button aria-label="Close the settings" onClick={onClose}>
          Close
        </Button>
      </header>
      {/* It scrolls, so a keyboard must reach it: while a run is on, nothing in it can have the focus. */}
      <div class="sheet-body" tabIndex={page.over ? undefined : 0}>
        <SettingsForm
          presets={engine.presets}
          settings={settings}
          support={support}
          locked={!page.over}
          hidden={page.hidden}
          invalid={page.run.problem?.what ?? null}
          estimate={page.estimate}
          onChange={page.setSettings}
          onModel={(peer) => models.dialog.ask({ peer, peers: settings.peers, missing: false })}
          onPreset={page.choosePreset}
        />
        <p class="hint">
          Everything runs on this device, and nothing you do here leaves it. Models are loaded from this
          page’s own address; from anywhere else only what you have agreed to.
          {page.offline.kept ? ' The page is kept here and opens without a network.' : null}
        </p>
      </div>
    </aside>
  )
}
