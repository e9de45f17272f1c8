/**
 * A browser that can be killed as by a crash or a power cut: our own process, with a profile on disk that
 * survives it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browsers/browser'

/** Maximum milliseconds until a started browser is ready. */
const PATIENCE = 60_000

export class BrowserProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly browser: Browser,
  ) {}

  static async start(profile: string): Promise<BrowserProcess> {
    const command = findBrowser()
    if (command === null) throw new Error('no Chrome, Chromium or Edge was found; CHROME_PATH can name one')
    const port = join(profile, 'DevToolsActivePort')
    // Files that a killed browser leaves: its port, and locks on the profile.
    for (const name of ['DevToolsActivePort', 'SingletonLock', 'SingletonSocket', 'SingletonCookie'])
      rmSync(join(profile, name), { force: true })
    const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank']
    // The browser has a process group of its own, so that all its processes can be killed at once.
    const child = spawn(command, [...BROWSER_FLAGS, ...flags], { stdio: 'ignore', detached: true })
    try {
      return new BrowserProcess(child, await chromium.connectOverCDP(await debuggingAddress(port)))
    } catch (error) {
      killGroup(child)
      throw error
    }
  }

  /** Kills all its processes at once, without a chance to write anything. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    killGroup(this.child)
    await gone
    await this.browser.close().catch(() => undefined)
  }
}

/**
 * Waits until the browser has its first page, and returns the address to connect at. Playwright hangs where it
 * connects earlier.
 * @param portFile the browser's file with its debugging port
 */
async function debuggingAddress(portFile: string): Promise<string> {
  for (const end = Date.now() + PATIENCE; ; await pause(50)) {
    const [port] = existsSync(portFile) ? readFileSync(portFile, 'utf8').split('\n') : ['']
    const address = `http://127.0.0.1:${port}`
    const targets = port === '' ? null : await fetch(`${address}/json/list`).catch(() => null)
    const pages = ((await targets?.json()) ?? []) as { type: string }[]
    if (pages.some(({ type }) => type === 'page')) return address
    if (Date.now() > end) throw new Error('the browser did not open its first page')
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
