/** The page in a frame of another site: one run in memory, without kept runs, models from elsewhere or consent. */
import { render } from 'preact'
import '../../../workers/browser/own_scripts'
import { startRun } from '../../index'
import '../styles/base.css'
import '../styles/parts.css'
import '../styles/page.css'
import '../styles/controls.css'
import '../styles/exchange.css'
import '../styles/bubbles.css'
import '../styles/charts.css'
import '../styles/embed.css'
import { errorText } from '../problem_text'
import { nextFrame, Session } from '../session'
import { embeddedRun } from './embed_link'
import { EmbedPage } from './embed_page'

function opened() {
  try {
    return { wanted: embeddedRun(location.hash), problem: null }
  } catch (error) {
    return { wanted: null, problem: errorText(error) }
  }
}

const session = new Session({ start: (config) => startRun(config, { keeps: false }) }, nextFrame)
addEventListener('pagehide', () => session.leave())
addEventListener('hashchange', () => location.reload())

const place = document.querySelector('#embed')
if (place === null) throw new Error('embed.html has no element with the id "embed"')
render(<EmbedPage session={session} {...opened()} />, place)
