import './watch'
import { serveInBrowser } from '../../../workers/browser/browser_worker'
import { fetchFolder } from '../../../workers/browser/fetch_folder'
import { hostLab } from './lab'

serveInBrowser(hostLab(fetchFolder))
