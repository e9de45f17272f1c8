/** WebKit, the engine of Safari, as WebKitGTK brings it to Linux: a small browser, and the driver that starts it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { PageEvent } from './headless'
import type { HeadlessBrowser, HeadlessPage } from './headless_browser'
import { WebDriverSession } from './web_driver'

/** How long the driver, and a display where it needs one of its own, may take to answer. */
const START_MILLISECONDS = 20_000
/** WebDriver cannot call us: the page is asked so often what it has to tell. */
const ASKED_EVERY_MILLISECONDS = 200

/** A browser that is driven; whoever opened it closes it. */
export interface WebKit {
  readonly session: WebDriverSession
  close(): Promise<void>
}

/** Starts WebKitGTK's browser by its driver, or gives null where it does not start. */
export async function openWebKit(driverPath: string): Promise<WebKit | null> {
  const port = await freePort()
  const driver = startDriver(driverPath, port)
  const address = `http://127.0.0.1:${port}`
  try {
    await answers(address, driver)
    const session = await WebDriverSession.begin(address)
    return {
      session,
      async close() {
        // A browser that died cannot be asked to end.
        await session.end().catch(() => undefined)
        endAll(driver)
      },
    }
  } catch {
    endAll(driver)
    return null
  }
}

/** Starts it for one run. */
export async function launchWebKit(driverPath: string): Promise<HeadlessBrowser | null> {
  const webkit = await openWebKit(driverPath)
  if (webkit === null) return null
  return {
    name: `${driverPath} ${webkit.session.browserVersion}`,
    // A browser that is gone no longer answers, and the evaluation fails.
    openPage: async () => pageOf(webkit.session),
    close: () => webkit.close(),
  }
}

function pageOf(session: WebDriverSession): HeadlessPage {
  const exposed = new Map<string, (events: readonly PageEvent[]) => void>()
  return {
    async exposeFunction(name, called) {
      exposed.set(name, called)
    },
    async goto(url) {
      await session.open(url)
      await session.evaluate('window.told = []')
      for (const name of exposed.keys())
        await session.evaluate(
          'const [name] = arguments; window[name] = async (events) => void window.told.push([name, events])',
          name,
        )
    },
    async evaluate(work, call) {
      await session.evaluate(
        `window.outcome = null
         const settle = (outcome) => { window.outcome = outcome }
         void (${work})(arguments[0]).then((value) => settle({ value }), (error) => settle({ error: String(error) }))`,
        call,
      )
      for (;;) {
        await delay(ASKED_EVERY_MILLISECONDS)
        const { told, outcome } = (await session.evaluate(
          'const { told, outcome } = window; window.told = []; return { told, outcome }',
        )) as {
          told: readonly (readonly [name: string, events: readonly PageEvent[]])[]
          outcome: { value: Awaited<ReturnType<typeof work>> } | { error: string } | null
        }
        for (const [name, events] of told) exposed.get(name)?.(events)
        if (outcome === null) continue
        if ('error' in outcome) throw new Error(outcome.error)
        return outcome.value
      }
    },
  }
}

/** On a display of its own where there is none. */
function startDriver(path: string, port: number): ChildProcess {
  const command = [path, `--port=${port}`]
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  const [program, ...args] = DISPLAY || WAYLAND_DISPLAY ? command : ['xvfb-run', '-a', ...command]
  const driver = spawn(program, args, {
    stdio: 'ignore',
    // A group of its own, so that the browser and its display end with it.
    detached: true,
    env: {
      ...process.env,
      // As in Safari, where a page may have it: WebKitGTK leaves it off.
      JSC_useSharedArrayBuffer: '1',
      // The language of the page: "C", as in a container, is none.
      LC_ALL: 'en_US.UTF-8',
    },
  })
  driver.on('error', () => undefined)
  return driver
}

async function answers(address: string, driver: ChildProcess): Promise<void> {
  const until = Date.now() + START_MILLISECONDS
  for (;;) {
    if (driver.exitCode !== null || driver.pid === undefined) throw new Error('the driver ended')
    const response = await fetch(`${address}/status`).catch(() => null)
    if (response?.ok) return
    if (Date.now() > until) throw new Error('the driver does not answer')
    await delay(100)
  }
}

function endAll({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
