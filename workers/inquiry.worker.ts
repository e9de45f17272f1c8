import { browserSurroundings } from './browser_surroundings'
import { serveInBrowser, streamInBrowser } from './browser_worker'
import { hostInquiry } from './inquiry_host'

serveInBrowser(hostInquiry(browserSurroundings, streamInBrowser))
