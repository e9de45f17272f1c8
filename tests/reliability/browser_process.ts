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
    const flags = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
    // The browser has a process group of its own, so that all its processes can be killed at once.
    const child = spawn(command, [...BROWSER_FLAGS, ...flags], { stdio: 'ignore', detached: true })
    for (
      const end = Date.now() + PATIENCE;
      !existsSync(port) || readFileSync(port, 'utf8') === '';
      await pause(50)
    )
      if (Date.now() > end) {
        killGroup(child)
        throw new Error(`${command} did not open its debugging port`)
      }
    const [number] = readFileSync(port, 'utf8').split('\n')
    return new BrowserProcess(child, await chromium.connectOverCDP(`http://127.0.0.1:${number}`))
  }

  /** Kills all its processes at once, without a chance to write anything. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve))
    killGroup(this.child)
    await gone
    await this.browser.close().catch(() => undefined)
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}
