import { useState } from 'preact/hooks'
import { Button } from './controls'
import type { Engine } from './engine'
import { LESSON_BUTTON } from './lesson/use_lesson'
import { PageNotices } from './notices'
import { type Page, usePage } from './page'
import { PanelView, panelsOf } from './panels'
import { RunBar } from './run_bar'
import type { Session } from './session'
import { ConsentDialog } from './sharing/consent'
import { storyOf } from './stories'
import { Tabs } from './tabs'
import { useOnDemand } from './use_on_demand'

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const page = usePage(engine, session)
  const { link, lesson } = page
  const [setting, openSettings] = useState(false)
  const sheet = lesson.page !== null ? 'lesson' : setting ? 'settings' : null
  const load = async () => (await import('./settings/settings_sheet')).SettingsSheet
  const Sheet = useOnDemand(sheet === 'settings', load, page.refuse)
  // What would be there before the link is read would go, or move, when it is.
  if (link.reading) return null
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a link to "#main" alone would replace the shared run that the address names */}
      <a
        class="button button-primary skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
      >
        Skip to the discussion
      </a>
      <header class="masthead">
        <h1>Colloquy</h1>
        <p>
          Two tiny AIs, each missing a skill, teach each other. <Story preset={page.config.preset} />
        </p>
      </header>
      <RunBar page={page} />
      <Actions
        page={page}
        sheet={sheet}
        onLesson={() => {
          if (sheet === 'lesson') return lesson.close()
          openSettings(false)
          lesson.go(1)
        }}
        onSettings={() => {
          if (sheet === 'lesson') lesson.close()
          openSettings(sheet !== 'settings')
        }}
      />
      <div class="visually-hidden" role="status" aria-live="polite">
        {page.run.announcement}
      </div>
      <main id="main" tabIndex={-1}>
        <PageNotices page={page} />
        <div class="stack floor">
          <Tabs page={page} />
          <div class="columns side">
            {panelsOf('side', page).map((name) => (
              <PanelView key={name} name={name} page={page} />
            ))}
          </div>
        </div>
      </main>
      {Sheet === null ? null : <Sheet page={page} onClose={() => openSettings(false)} />}
      {lesson.Panel === null || lesson.page === null ? null : <lesson.Panel page={page} at={lesson.page} />}
      <Dialogs page={page} />
    </>
  )
}

function Story({ preset }: { readonly preset: string }) {
  const story = storyOf(preset)
  return story === null ? null : <span class="quiet story">{story.sentence}</span>
}

/** What opens sheets and dialogs. */
function Actions(props: {
  readonly page: Page
  readonly sheet: 'lesson' | 'settings' | null
  readonly onLesson: () => void
  readonly onSettings: () => void
}) {
  const { page, sheet, onLesson, onSettings } = props
  const { hidden, share } = page
  return (
    <nav class="row actions" aria-label="More">
      {hidden.has('lesson') ? null : (
        <Button id={LESSON_BUTTON} aria-expanded={sheet === 'lesson'} onClick={onLesson}>
          Lesson
        </Button>
      )}
      {hidden.has('share') ? null : (
        <Button title="A link to this run" onClick={page.askToShare}>
          Share
        </Button>
      )}
      {hidden.has('settings') ? null : (
        <Button aria-expanded={sheet === 'settings'} onClick={onSettings}>
          Settings
        </Button>
      )}
      {share.Dialog === null || share.request === null ? null : (
        <share.Dialog page={page} request={share.request} />
      )}
    </nav>
  )
}

function Dialogs({ page }: { readonly page: Page }) {
  const { models, consent } = page
  const model = models.dialog
  return (
    <>
      {model.Dialog === null || model.request === null ? null : (
        <model.Dialog page={page} request={model.request} />
      )}
      {consent.request === null ? null : <ConsentDialog {...consent.request} />}
    </>
  )
}
