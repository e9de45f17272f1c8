import { serveInBrowser, streamInBrowser } from '../../workers/browser/browser_worker'
import { hostRun } from '../../workers/run_host'
import { scriptedSurroundings } from './scripted_surroundings'

serveInBrowser(hostRun(scriptedSurroundings, streamInBrowser))
