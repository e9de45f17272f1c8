import type { TargetedKeyboardEvent } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import type { Page, Tab } from './page'
import { PanelView, panelsOf } from './panels'

const TITLES: Readonly<Record<Tab, string>> = {
  discussion: 'Discussion',
  ask: 'Ask them',
  compare: 'Compare',
  details: 'Details',
}

const TABS = Object.keys(TITLES) as Tab[]

/** Returns the tab that a key leads to, as in any tab list; null for other keys. */
function tabByKey(key: string, tab: Tab, tabs: readonly Tab[]): Tab | null {
  const at = tabs.indexOf(tab)
  const places: Readonly<Record<string, number>> = {
    ArrowLeft: (at + tabs.length - 1) % tabs.length,
    ArrowRight: (at + 1) % tabs.length,
    Home: 0,
    End: tabs.length - 1,
  }
  return Object.hasOwn(places, key) ? (tabs[places[key]] ?? null) : null
}

/** The tabs and the panels of each. A tab that was opened once stays, unseen, with what was begun in it. */
export function Tabs({ page }: { readonly page: Page }) {
  const { tab, openTab } = page
  const opened = useRef(new Set<Tab>())
  opened.current.add(tab)
  const tabs = TABS.filter((name) => panelsOf(name, page).length > 0)
  const list = useRef<HTMLDivElement>(null)
  const onKey = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const next = tabByKey(event.key, tab, tabs)
    if (next === null) return
    event.preventDefault()
    openTab(next)
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
  }
  if (tabs.length === 0) return null
  return (
    <section class="card tabs" aria-label="The run">
      {tabs.length === 1 ? null : (
        <div class="tab-list" role="tablist" aria-label="Views of the run" ref={list} onKeyDown={onKey}>
          {tabs.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={name === tab}
              aria-controls={`tab-panel-${name}`}
              tabIndex={name === tab ? 0 : -1}
              onClick={() => openTab(name)}
            >
              {TITLES[name]}
            </button>
          ))}
        </div>
      )}
      {tabs.map((name) => (
        <div
          key={name}
          class="stack tab-panel"
          role="tabpanel"
          id={`tab-panel-${name}`}
          aria-labelledby={`tab-${name}`}
          hidden={name !== tab}
        >
          {opened.current.has(name) ? <TabPanels name={name} page={page} shown={name === tab} /> : null}
        </div>
      ))}
    </section>
  )
}

/** Redraws unseen panels only when something ends a question to the peers: words of a run come many times a second. */
function TabPanels({ name, page, shown }: { name: Tab; page: Page; shown: boolean }) {
  const { over, run, next, kept, models } = page
  return useMemo(
    () => (
      <>
        {panelsOf(name, page).map((panel) => (
          <PanelView key={panel} name={panel} page={page} />
        ))}
      </>
    ),
    shown ? [page] : [over, run.config, next, kept.saved, models.places],
  )
}
