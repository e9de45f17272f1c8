/** A browser driven over the W3C's WebDriver protocol, over HTTP. */
import type { ScriptedSession } from './scripted_session'

/** What a driver answers: a value, or what went wrong. */
interface Answer {
  readonly value: unknown
}

export class WebDriverSession implements ScriptedSession {
  private constructor(
    /** Of the session: commands are paths below it. */
    private readonly address: string,
    readonly browserVersion: string,
  ) {}

  /**
   * Has the driver at an address start a browser.
   * @throws Error where it does not answer, or starts none
   */
  static async begin(driver: string): Promise<WebDriverSession> {
    const capabilities = { alwaysMatch: {} }
    const { sessionId, capabilities: found } = (await ask('POST', `${driver}/session`, { capabilities })) as {
      readonly sessionId: string
      readonly capabilities: { readonly browserVersion: string }
    }
    return new WebDriverSession(`${driver}/session/${sessionId}`, found.browserVersion)
  }

  async open(url: string): Promise<void> {
    await ask('POST', `${this.address}/url`, { url })
  }

  async evaluate(body: string, ...args: readonly unknown[]): Promise<unknown> {
    return ask('POST', `${this.address}/execute/sync`, { script: body, args })
  }

  async end(): Promise<void> {
    await ask('DELETE', this.address)
  }
}

async function ask(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as Answer
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`)
  return value
}
