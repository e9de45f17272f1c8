import './watch'
import { serveInBrowser } from '../../../workers/browser_worker'
import { fetchFolder } from '../../../workers/fetch_folder'
import { hostLab } from './lab'

serveInBrowser(hostLab(fetchFolder))
