/**
 * The tabs of one browser share its kept runs. Only one tab at a time runs a run, which a Web Lock ensures.
 * That tab broadcasts the events to the others over a BroadcastChannel.
 */
import { ColloquyError } from '../../src/errors'
import { EventQueue } from '../../src/ilr/event_queue'
import type { RunEvent } from '../../src/ilr/events'
import { isKept } from '../../src/runs/file/run_record'

function nameOf(id: string): string {
  return `colloquy run ${id}`
}

/** Milliseconds to wait for the lock: a worker that just ended holds its lock for a moment. */
const PATIENCE = 2000

/**
 * Messages on a run's channel. A reader sends `hello` at any time, and `gone` to itself when the writer has
 * ended. The run's tab sends its events since the last checkpoint, then each new event.
 */
type Message =
  | { readonly type: 'hello' }
  | { readonly type: 'gone'; readonly reader: string }
  | { readonly type: 'since checkpoint'; readonly events: readonly RunEvent[] }
  | { readonly type: 'event'; readonly event: RunEvent }

/**
 * Yields the events of a run and broadcasts them to tabs that read along. Only one tab at a time may run it.
 * Without locks, as in a page loaded over plain http, nothing is refused.
 * @throws ColloquyError `storage` where another tab runs it; any error of `begin`
 */
export async function* asOnlyWriter(
  id: string,
  begin: () => AsyncIterable<RunEvent>,
): AsyncGenerator<RunEvent, void> {
  const release = await writerLock(id)
  const channel = new BroadcastChannel(nameOf(id))
  let events: RunEvent[] = []
  const send = (message: Message) => channel.postMessage(message)
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'hello') send({ type: 'since checkpoint', events })
  }
  try {
    for await (const event of begin()) {
      if (event.type === 'checkpoint') events = []
      else if (isLasting(event)) events.push(event)
      send({ type: 'event', event })
      yield event
    }
  } finally {
    channel.close()
    release()
  }
}

/** Takes the lock of a run's writer. The caller releases it. @throws ColloquyError `storage` */
async function writerLock(id: string): Promise<() => void> {
  const locks: LockManager | undefined = navigator.locks
  if (!locks) return () => undefined
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  try {
    await new Promise<void>((resolve, reject) => {
      locks
        .request(nameOf(id), { signal: AbortSignal.timeout(PATIENCE) }, () => {
          resolve()
          return held
        })
        .catch(reject)
    })
    return release
  } catch (error) {
    // A browser that lets the page store nothing also refuses locks. Then two tabs have nothing to write.
    if (error instanceof DOMException && error.name === 'SecurityError') return () => undefined
    throw new ColloquyError({
      code: 'storage',
      what: `run ${id.slice(0, 8)}`,
      found: 'it runs in another tab of this browser',
      wanted: 'one tab that writes',
      todo: 'Read along here, or stop it there',
    })
  }
}

/** Returns whether a late reader needs the event. Later events replace all others. */
function isLasting(event: RunEvent): boolean {
  return isKept(event) || event.type === 'run' || event.type === 'warning'
}

/** Returns the runs among `ids` that some tab runs, this one included; none without locks. */
export async function running(ids: readonly string[]): Promise<string[]> {
  const locks: LockManager | undefined = navigator.locks
  const { held = [] } = (await locks?.query()) ?? {}
  return ids.filter((id) => held.some(({ name }) => name === nameOf(id)))
}

/**
 * Yields the events of a run that another tab runs, from its last checkpoint on, until that tab ends it or
 * `signal` aborts. Yields nothing where no tab runs it.
 */
export async function* readAlong(id: string, signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  const channel = new BroadcastChannel(nameOf(id))
  // A tab that lags must not hold up another tab's run, so its events are coalesced here.
  const queue = new EventQueue()
  let greeted = false
  const reader = crypto.randomUUID()
  const end = () => queue.end()
  // The writer's last events may still be on their way. A message sent now arrives after them.
  const gone = () => {
    const own = new BroadcastChannel(nameOf(id))
    own.postMessage({ type: 'gone', reader } satisfies Message)
    own.close()
  }
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'since checkpoint' && !greeted) {
      greeted = true
      for (const event of data.events) queue.push(event)
    } else if (data.type === 'event' && greeted) queue.push(data.event)
    else if (data.type === 'gone' && data.reader === reader) end()
  }
  const hello: Message = { type: 'hello' }
  channel.postMessage(hello)
  signal.addEventListener('abort', end)
  // The lock is granted when the writer has ended, for any reason.
  navigator.locks.request(nameOf(id), { mode: 'shared', signal }, () => undefined).then(gone, end)
  try {
    for (let next = await queue.next(); !next.done; next = await queue.next()) yield next.value
  } finally {
    signal.removeEventListener('abort', end)
    channel.close()
  }
}
