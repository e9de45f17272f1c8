import { browserSurroundings } from './browser/browser_surroundings'
import { serveInBrowser, streamInBrowser } from './browser/browser_worker'
import { hostRun } from './run_host'

serveInBrowser(hostRun(browserSurroundings, streamInBrowser))
