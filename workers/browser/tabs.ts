/**
 * The tabs of one browser share its kept runs: one of them at a time runs a run, which a Web Lock says, and tells the others what
 * happens, over a BroadcastChannel.
 */
import { ColloquyError } from '../../src/errors'
import { EventQueue } from '../../src/ilr/event_queue'
import type { RunEvent } from '../../src/ilr/events'
import { isKept } from '../../src/runs/file/run_record'

function nameOf(id: string): string {
  return `colloquy run ${id}`
}

/** Milliseconds: a worker that was just ended holds its lock for a moment. */
const PATIENCE = 2000

/**
 * From a reader, who may come at any time, and to itself when the writer is gone; from the run: what has happened since its last
 * checkpoint, and what happens.
 */
type Message =
  | { readonly type: 'hello' }
  | { readonly type: 'gone'; readonly reader: string }
  | { readonly type: 'since checkpoint'; readonly events: readonly RunEvent[] }
  | { readonly type: 'event'; readonly event: RunEvent }

/**
 * What happens in a run, told to the tabs that read along as it is read here. Only one tab at a time may run it; where there are no locks,
 * as in a page that came over plain http, nothing is refused.
 * @throws ColloquyError `storage` where another tab runs it; what `begin` throws
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

/** Takes the lock of a run's writer; the caller releases it. @throws ColloquyError `storage` */
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
    // Where the browser lets the page keep nothing, locks are refused too; then there is nothing that two tabs could write.
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

/** What a reader who comes later has to be told: the rest is overtaken by what follows. */
function isLasting(event: RunEvent): boolean {
  return isKept(event) || event.type === 'run' || event.type === 'warning'
}

/** Of these runs, those that another tab, or this one, runs. None where there are no locks to tell. */
export async function running(ids: readonly string[]): Promise<string[]> {
  const locks: LockManager | undefined = navigator.locks
  const { held = [] } = (await locks?.query()) ?? {}
  return ids.filter((id) => held.some(({ name }) => name === nameOf(id)))
}

/**
 * What happens in a run that another tab runs: from its last checkpoint on, until that tab ends it or `signal` aborts. Nothing where no
 * tab runs it.
 */
export async function* readAlong(id: string, signal: AbortSignal): AsyncGenerator<RunEvent, void> {
  const channel = new BroadcastChannel(nameOf(id))
  // A tab that lags does not hold the run up, which another tab waits for: what it is told is joined.
  const queue = new EventQueue()
  let greeted = false
  const reader = crypto.randomUUID()
  const end = () => queue.end()
  // What the writer has said last may still be on its way: what a reader says then comes behind it.
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
  // Granted when the writer is gone, however it went.
  navigator.locks.request(nameOf(id), { mode: 'shared', signal }, () => undefined).then(gone, end)
  try {
    for (let next = await queue.next(); !next.done; next = await queue.next()) yield next.value
  } finally {
    signal.removeEventListener('abort', end)
    channel.close()
  }
}
