import { hostJudge } from './judge_host'
import { Sandbox } from './judge_sandbox'
import { serveInNode } from './node_worker'

serveInNode(hostJudge(new Sandbox()))
