import { serveInBrowser, streamInBrowser } from '../../workers/browser_worker'
import { hostInquiry } from '../../workers/inquiry_host'
import { scriptedSurroundings } from './scripted_surroundings'

serveInBrowser(hostInquiry(scriptedSurroundings, streamInBrowser))
