import './watch'
import { serveInNode } from '../../../workers/node/node_worker'
import { readFolder } from '../../../workers/node/read_folder'
import { hostLab } from './lab'

serveInNode(hostLab(readFolder))
