/** Firefox as it comes from its makers, which Playwright cannot drive, over WebDriver BiDi. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { BidiSession } from './bidi'
import type { HeadlessBrowser } from './headless_browser'
import { endGroup, startGroup } from './process_group'
import { pageOf } from './scripted_session'

/** How long Firefox may take to start, and to end when it is asked to. */
const START_MILLISECONDS = 60_000
const END_MILLISECONDS = 10_000
const LISTENING = /^WebDriver BiDi listening on (ws:\/\/\S+)/

/** A Firefox that a command drives. The opener closes it. */
export interface Firefox {
  readonly session: BidiSession
  close(): Promise<void>
}

/** Starts a Firefox without a window and with a profile of its own, or returns null where it does not start. */
export async function openFirefox(executablePath: string): Promise<Firefox | null> {
  const profile = await mkdtemp(join(tmpdir(), 'colloquy-firefox-'))
  const firefox = startGroup([
    executablePath,
    '--headless',
    '--no-remote',
    '--profile',
    profile,
    '--remote-debugging-port',
    '0',
    'about:blank',
  ])
  const abandon = () => endGroup(firefox)
  process.once('exit', abandon)
  const clear = async () => {
    process.off('exit', abandon)
    await ended(firefox)
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const session = await BidiSession.begin(await addressOf(firefox))
    return {
      session,
      async close() {
        // A browser that died cannot be asked to end.
        await session.end().catch(() => undefined)
        await clear()
      },
    }
  } catch {
    endGroup(firefox)
    await clear()
    return null
  }
}

/** Starts Firefox for one run. */
export async function launchFirefox(executablePath: string): Promise<HeadlessBrowser | null> {
  const firefox = await openFirefox(executablePath)
  if (firefox === null) return null
  return {
    name: `${executablePath} ${firefox.session.browserVersion}`,
    openPage: async () => pageOf(firefox.session),
    close: () => firefox.close(),
  }
}

/** Reads where Firefox listens from what it prints, and goes on reading, since a full pipe would stop it. */
function addressOf(firefox: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('Firefox does not listen')), START_MILLISECONDS)
    const gone = () => {
      clearTimeout(late)
      reject(new Error('Firefox ended'))
    }
    firefox.once('exit', gone)
    firefox.once('error', gone)
    if (firefox.stderr === null) return gone()
    createInterface(firefox.stderr).on('line', (line) => {
      const address = LISTENING.exec(line)?.[1]
      if (address === undefined) return
      clearTimeout(late)
      resolve(address)
    })
  })
}

async function ended(firefox: ChildProcess): Promise<void> {
  if (firefox.pid === undefined || firefox.exitCode !== null || firefox.signalCode !== null) return
  const late = setTimeout(() => endGroup(firefox, 'SIGKILL'), END_MILLISECONDS)
  await once(firefox, 'exit')
  clearTimeout(late)
}
