import './watch'
import { serveInNode } from '../../../workers/node_worker'
import { readFolder } from '../../../workers/read_folder'
import { hostLab } from './lab'

serveInNode(hostLab(readFolder))
