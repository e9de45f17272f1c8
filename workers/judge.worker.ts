import wasm from '@jitl/quickjs-wasmfile-release-sync/wasm?url'
import { serveInBrowser } from './browser/browser_worker'
import { hostJudge } from './judge/judge_host'
import { Sandbox } from './judge/judge_sandbox'

serveInBrowser(hostJudge(new Sandbox(wasm)))
