/** A browser driven over the W3C's WebDriver protocol: as much of it as a run and a look at the page need. */

/** What a driver answers: a value, or what went wrong. */
interface Answer {
  readonly value: unknown
}

export class WebDriverSession {
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

  /** Opens a page and waits until it is loaded. */
  async open(url: string): Promise<void> {
    await ask('POST', `${this.address}/url`, { url })
  }

  /** What the body of a function returns in the page, as JSON carries it; a promise is waited for. `args` are its `arguments`. */
  async evaluate(body: string, ...args: readonly unknown[]): Promise<unknown> {
    return ask('POST', `${this.address}/execute/sync`, { script: body, args })
  }

  /** Ends the browser. */
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
