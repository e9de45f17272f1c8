import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RunConfig } from '../config/config'
import { ColloquyError, fromWire, type WireError } from '../errors'
import type { RunEvent } from '../ilr/events'

/** What the process of a run says to the one that opened it. */
export type RunMessage =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'failed'; readonly error: WireError }

/** Lines of its error output that are worth showing when it dies without a word. */
const LAST_WORDS = 400

/**
 * Runs a configuration in a process of its own, which ends when `signal` says so or when this one is gone.
 * @throws what ended the run, or ColloquyError `worker` where its process died
 */
export function runInProcess(
  config: RunConfig,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const child = fork(fileURLToPath(new URL('../cli/study/study_run.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const stop = () => void child.kill()
  signal.addEventListener('abort', stop)
  return followProcess(child, config, onEvent).finally(() => signal.removeEventListener('abort', stop))
}

function followProcess(
  child: ChildProcess,
  config: RunConfig,
  onEvent: (event: RunEvent) => void,
): Promise<void> {
  let words = ''
  let done = false
  let failure: Error | null = null
  child.stderr?.on('data', (data: Buffer) => {
    words = `${words}${data}`.slice(-LAST_WORDS)
  })
  child.on('message', (message: RunMessage) => {
    if (message.type === 'failed') failure = fromWire(message.error)
    else {
      if (message.event.type === 'done') done = true
      onEvent(message.event)
    }
  })
  child.send(config)
  return new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    // Not `exit`: messages may still be on their way then.
    child.on('close', (code, signal) => {
      if (failure) return reject(failure)
      if (done && code === 0) return resolve()
      reject(
        new ColloquyError({
          code: 'worker',
          what: 'the process of the run',
          found: `${signal === null ? `exit status ${code}` : `signal ${signal}`}${words === '' ? '' : ` after “${words.trim()}”`}`,
          wanted: 'a run that comes to its end',
          todo: 'Run npm run study again: it goes on where it was',
        }),
      )
    })
  })
}
