import { useRef, useState } from 'preact/hooks'
import { Button } from './controls'
import { LESSON_BUTTON } from './document'
import type { Engine } from './engine'
import { PageNotices } from './notices'
import { onDemand, useAnswer } from './on_demand'
import { usePage } from './page'
import { PanelView, panelsOf } from './panels'
import { RunBar } from './run_bar'
import type { Session } from './session'
import { ConsentDialog } from './sharing/consent'
import { storyOf } from './stories'
import { Tabs } from './tabs'

const LessonPanel = onDemand(async () => (await import('./lesson/lesson_panel')).LessonPanel)
const SettingsSheet = onDemand(async () => (await import('./settings/settings_sheet')).SettingsSheet)
const ShareDialog = onDemand(async () => (await import('./sharing/share_dialog')).ShareDialog)
const ModelDialog = onDemand(async () => (await import('./models/model_dialog')).ModelDialog)
const loadNotice = async () => (await import('./sharing/shared_run_notice')).SharedRunNotice

export function App({ engine, session }: { engine: Engine; session: Session }) {
  const page = usePage(engine, session)
  const { link, lesson, hidden, models, sharing, consent } = page
  const story = storyOf(page.config.preset)
  const [setting, openSettings] = useState(false)
  const sheet = lesson.page !== null ? 'lesson' : setting ? 'settings' : null
  const notice = () => loadNotice().catch(page.refuse)
  const Notice = useAnswer(() => (link.shared === null ? null : notice()), [link.shared])
  // What would be there before the link and its notice are read would go, or move, when they are.
  const begun = useRef(false)
  begun.current ||= !link.reading && (link.shared === null || Notice !== null)
  if (!begun.current) return null
  /** Closes what cannot be shown, so that another press asks for its code again. */
  const fail = (error: unknown) => {
    if (lesson.page !== null) lesson.close()
    openSettings(false)
    models.ask(null)
    page.share(null)
    page.refuse(error)
  }
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
          Two tiny AIs, each missing a skill, teach each other.{' '}
          {story === null ? null : <span class="quiet story">{story.sentence}</span>}
        </p>
      </header>
      <RunBar page={page} />
      <nav class="row actions" aria-label="More">
        {hidden.has('lesson') ? null : (
          <Button
            id={LESSON_BUTTON}
            aria-expanded={sheet === 'lesson'}
            onClick={() => {
              if (sheet === 'lesson') return lesson.close()
              openSettings(false)
              lesson.go(1)
            }}
          >
            Lesson
          </Button>
        )}
        {hidden.has('share') ? null : (
          <Button title="A link to this run" onClick={page.askToShare}>
            Share
          </Button>
        )}
        {hidden.has('settings') ? null : (
          <Button
            aria-expanded={sheet === 'settings'}
            onClick={() => {
              if (sheet === 'lesson') lesson.close()
              openSettings(sheet !== 'settings')
            }}
          >
            Settings
          </Button>
        )}
      </nav>
      <div class="visually-hidden" role="status" aria-live="polite">
        {page.run.announcement}
      </div>
      <main id="main" tabIndex={-1}>
        <PageNotices page={page}>{Notice ? <Notice page={page} /> : null}</PageNotices>
        <div class="stack floor">
          <Tabs page={page} />
          <div class="columns side">
            {panelsOf('side', page).map((name) => (
              <PanelView key={name} name={name} page={page} />
            ))}
          </div>
        </div>
      </main>
      {sheet === 'settings' ? (
        <SettingsSheet page={page} onClose={() => openSettings(false)} onFailure={fail} />
      ) : null}
      {lesson.page === null ? null : <LessonPanel page={page} at={lesson.page} onFailure={fail} />}
      {sharing === null ? null : <ShareDialog page={page} request={sharing} onFailure={fail} />}
      {models.request === null ? null : <ModelDialog page={page} request={models.request} onFailure={fail} />}
      {consent.request === null ? null : <ConsentDialog {...consent.request} />}
    </>
  )
}
