/** Builds the page and starts one browser for all e2e files, and ends it after the last of them. */
import { chromium } from 'playwright'
import type { TestProject } from 'vitest/node'
import { BROWSER_FLAGS, findBrowser } from '../../src/cli/browsers/browser'
import { ensureBuild } from '../../src/cli/site/site'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address at which files connect to the browser. */
    readonly browser: string
  }
}

export default async function startBrowser(project: TestProject): Promise<() => Promise<void>> {
  await ensureBuild()
  const server = await chromium.launchServer({
    executablePath: findBrowser() ?? undefined,
    args: [...BROWSER_FLAGS],
    host: '127.0.0.1',
  })
  project.provide('browser', server.wsEndpoint())
  return () => server.close()
}
