import { browserEnvironment } from './browser/browser_environment'
import { serveInBrowser, streamInBrowser } from './browser/browser_worker'
import { hostRun } from './run_host'

serveInBrowser(hostRun(browserEnvironment, streamInBrowser))
