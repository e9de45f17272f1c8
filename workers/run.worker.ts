import { browserSurroundings } from './browser_surroundings'
import { serveInBrowser, streamInBrowser } from './browser_worker'
import { hostRun } from './run_host'

serveInBrowser(hostRun(browserSurroundings, streamInBrowser))
