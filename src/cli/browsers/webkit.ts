/** WebKit, the engine of Safari, as WebKitGTK brings it to Linux: a small browser, and the driver that starts it. */
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { HeadlessBrowser } from './headless_browser'
import { endGroup, startGroup } from './process_group'
import { pageOf } from './scripted_session'
import { WebDriverSession } from './web_driver'

/** How long the driver, and a display where it needs one of its own, may take to answer. */
const START_MILLISECONDS = 20_000

/** A browser that a command drives. The opener closes it. */
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
        endGroup(driver)
      },
    }
  } catch {
    endGroup(driver)
    return null
  }
}

/** Starts it for one run. */
export async function launchWebKit(driverPath: string): Promise<HeadlessBrowser | null> {
  const webkit = await openWebKit(driverPath)
  if (webkit === null) return null
  return {
    name: `${driverPath} ${webkit.session.browserVersion}`,
    openPage: async () => pageOf(webkit.session),
    close: () => webkit.close(),
  }
}

/** Starts the driver, on a display of its own where there is none. */
function startDriver(path: string, port: number): ChildProcess {
  const command = [path, `--port=${port}`]
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  const driver = startGroup(DISPLAY || WAYLAND_DISPLAY ? command : ['xvfb-run', '-a', ...command], {
    // As in Safari, where a page may have it: WebKitGTK leaves it off.
    JSC_useSharedArrayBuffer: '1',
    // The language of the page: "C", as in a container, is none.
    LC_ALL: 'en_US.UTF-8',
  })
  // A full pipe would stop the driver.
  driver.stderr?.resume()
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
