import wasm from '@jitl/quickjs-wasmfile-release-sync/wasm?url'
import { serveInBrowser } from './browser_worker'
import { hostJudge } from './judge_host'
import { Sandbox } from './judge_sandbox'

serveInBrowser(hostJudge(new Sandbox(wasm)))
