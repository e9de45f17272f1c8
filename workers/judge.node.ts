import { hostJudge } from './judge/judge_host'
import { Sandbox } from './judge/judge_sandbox'
import { serveInNode } from './node/node_worker'

serveInNode(hostJudge(new Sandbox()))
