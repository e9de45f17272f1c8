import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import { App } from './app'
import './styles/base.css'
import './styles/parts.css'
import './styles/page.css'
import './styles/controls.css'
import './styles/exchange.css'
import './styles/bubbles.css'
import './styles/charts.css'
import './styles/tabs.css'
import './styles/sharing.css'
import './styles/lesson.css'
import './styles/worksheet.css'
import type { Engine } from './engine'
import { nextFrame, Session } from './session'

/** Puts the page into `element`. */
export function mount(engine: Engine, element: Element): void {
  const session = new Session(engine, nextFrame)
  addEventListener('pagehide', () => session.leave())
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) session.keep()
  })
  render(<App engine={engine} session={session} />, element)
}
