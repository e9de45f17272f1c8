import { serveInBrowser, streamInBrowser } from '../../workers/browser/browser_worker'
import { hostRun } from '../../workers/run_host'
import { scriptedEnvironment } from './scripted_environment'

serveInBrowser(hostRun(scriptedEnvironment, streamInBrowser))
