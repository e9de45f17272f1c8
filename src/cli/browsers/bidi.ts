/** A browser driven over the W3C's WebDriver BiDi protocol: commands, answers and events as JSON on a WebSocket. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { ScriptedSession } from './scripted_session'

interface Waiting {
  readonly method: string
  resolve(result: unknown): void
  reject(error: Error): void
}

type Message =
  | { readonly type: 'success'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number | null; readonly error: string; readonly message: string }
  | { readonly type: 'event'; readonly method: string; readonly params: unknown }

/** What `script.callFunction` answers about a function that returns text or nothing. */
type Called =
  | { readonly type: 'success'; readonly result: { readonly value?: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } }

export class BidiSession implements ScriptedSession {
  browserVersion = ''
  /** The page: a tab's browsing context. */
  private context = ''
  private readonly waiting = new Map<number, Waiting>()
  private sent = 0

  private constructor(
    private readonly socket: WebSocket,
    /** What pages logged as errors, and the errors that nobody caught. */
    readonly troubles: string[] = [],
  ) {
    socket.on('message', (data) => this.hear(JSON.parse(String(data)) as Message))
    socket.on('close', () => {
      for (const { method, reject } of this.waiting.values())
        reject(new Error(`${method}: the browser is gone`))
      this.waiting.clear()
    })
  }

  /**
   * Begins a session with a browser that listens at an address.
   * @throws Error where the browser does not answer, or begins no session
   */
  static async begin(address: string): Promise<BidiSession> {
    // A run file is one message, however large.
    const socket = new WebSocket(`${address}/session`, { maxPayload: 0 })
    await once(socket, 'open')
    const session = new BidiSession(socket)
    const { capabilities } = (await session.command('session.new', { capabilities: {} })) as {
      readonly capabilities: { readonly browserVersion: string }
    }
    session.browserVersion = capabilities.browserVersion
    const { contexts } = (await session.command('browsingContext.getTree', { maxDepth: 0 })) as {
      readonly contexts: readonly { readonly context: string }[]
    }
    session.context = contexts[0].context
    await session.command('session.subscribe', { events: ['log.entryAdded'] })
    return session
  }

  /** Sends a command about the page. @throws Error where the browser refuses it, or is gone */
  pageCommand(method: string, params: object): Promise<unknown> {
    return this.command(method, { context: this.context, ...params })
  }

  async open(url: string): Promise<void> {
    await this.pageCommand('browsingContext.navigate', { url, wait: 'complete' })
  }

  async evaluate(body: string, ...args: readonly unknown[]): Promise<unknown> {
    const called = (await this.command('script.callFunction', {
      functionDeclaration: `async function (args) {
        return JSON.stringify(await (function () { ${body} }).apply(null, JSON.parse(args)))
      }`,
      arguments: [{ type: 'string', value: JSON.stringify(args) }],
      target: { context: this.context },
      awaitPromise: true,
    })) as Called
    if (called.type === 'exception') throw new Error(called.exceptionDetails.text)
    const { value } = called.result
    return value === undefined ? undefined : JSON.parse(value)
  }

  async end(): Promise<void> {
    await this.command('browser.close', {})
  }

  private command(method: string, params: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) throw new Error(`${method}: the browser is gone`)
      const id = ++this.sent
      this.waiting.set(id, { method, resolve, reject })
      this.socket.send(JSON.stringify({ id, method, params }))
    })
  }

  private hear(message: Message): void {
    if (message.type === 'event') {
      const { level, text } = message.params as { readonly level: string; readonly text: string | null }
      if (message.method === 'log.entryAdded' && level === 'error') this.troubles.push(text ?? '')
      return
    }
    const waiting = message.id === null ? undefined : this.waiting.get(message.id)
    if (message.id === null || waiting === undefined) return
    this.waiting.delete(message.id)
    if (message.type === 'success') waiting.resolve(message.result)
    else waiting.reject(new Error(`${waiting.method}: ${message.error}: ${message.message}`))
  }
}
