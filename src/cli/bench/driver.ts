import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright'
import type { Plugin } from 'vite'
import { openThread } from '../../../workers/node/node_worker'
import { readFolder } from '../../../workers/node/read_folder'
import type { Driver } from '../../bench/driver'
import type { Environment } from '../../bench/suite'
import { withoutPolicyHeaders } from '../../build/content_security'
import { BROWSER_FLAGS } from '../browsers/browser'
import { startBrowser } from '../browsers/visit_build'
import { serveFolders } from '../site/serve_folders'
import { ensureBuild, ROOT, type Site, serveBuild } from '../site/site'
import { MODEL_FOLDER } from './models'

const PLAIN = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }

const WISH = {
  what: 'npm run bench',
  wanted: 'a browser to time in',
  todo: 'Install Chromium, or set CHROME_PATH; --on node needs none',
}

/** Browsers and servers of one suite. */
export class BenchDriver implements Driver {
  readonly build = join(ROOT, 'dist')
  private readonly browsers: (Browser | BrowserContext)[] = []
  private readonly sites: Site[] = []

  /** @param folder a folder of models, served at `MODEL_FOLDER` */
  constructor(
    readonly baseline: string | null,
    private readonly folder: string | null = null,
  ) {}

  async say(text: string): Promise<void> {
    console.error(text)
  }

  async openBrowser(flags: readonly string[] = []): Promise<Browser> {
    const browser = await startBrowser(WISH, (executablePath) =>
      chromium.launch({ ...PLAIN, executablePath, args: [...BROWSER_FLAGS, ...flags] }),
    )
    this.browsers.push(browser)
    return browser
  }

  async openProfile(): Promise<BrowserContext> {
    const folder = mkdtempSync(join(tmpdir(), 'colloquy-profile-'))
    const context = await startBrowser(WISH, (executablePath) =>
      chromium.launchPersistentContext(folder, { ...PLAIN, executablePath, args: [...BROWSER_FLAGS] }),
    )
    // After the browser itself, which is ended in the same moment and was registered before.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    this.browsers.push(context)
    return context
  }

  async serve({ root = ROOT, plugins = [] }: { root?: string; plugins?: readonly Plugin[] } = {}) {
    if (root === ROOT) await ensureBuild()
    const mounted = this.folder === null ? [] : [serveFolders(new Map([[`/${MODEL_FOLDER}/`, this.folder]]))]
    const site = await serveBuild(0, { root, plugins: [...plugins, ...mounted, withoutPolicyHeaders()] })
    this.sites.push(site)
    return site.url
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.browsers.map((browser) => browser.close()))
    await Promise.allSettled(this.sites.map((site) => site.close()))
  }
}

/** Suites in this process: engines in threads, model folders of the project, no other library. */
export function nodeEnvironment(say: Environment['say']): Environment {
  return {
    base: ROOT,
    openPeer: () => openThread(new URL('../../../workers/peer.node.ts', import.meta.url)),
    openLab: () => openThread(new URL('../../bench/lab/lab.node.ts', import.meta.url)),
    openHub: null,
    openTrainingPeers: null,
    readFolder: (source) => readFolder(ROOT, source),
    say,
  }
}
