import { closeSync, openSync, writeSync } from 'node:fs'
import { BENCH_HELP, parseBenchOptions } from '../bench/options'
import { type BenchReport, type BenchSettings, reportText } from '../bench/report'
import { ColloquyError, fromWire } from '../errors'
import { findBrowser } from './browser'
import { launchBrowser } from './browser_run'
import { fail } from './fail'
import { ensureBuild, serveBuild } from './site'

function openJson(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: `--json ${path}`,
        found: `a file that cannot be written (${(cause as NodeJS.ErrnoException).code})`,
        wanted: 'a writable file',
        todo: 'Name a file in a folder that exists and that you may write to',
      },
      { cause },
    )
  }
}

async function bench(settings: BenchSettings): Promise<{ browser: string } & BenchReport> {
  const path = findBrowser()
  const browser = path === null ? null : await launchBrowser(path)
  if (!browser)
    throw new ColloquyError({
      code: 'backend',
      what: 'npm run bench',
      found: path === null ? 'no Chrome, Chromium or Edge' : `${path}, which does not start`,
      wanted: 'a browser to time in',
      todo: 'Install Chromium, or set CHROME_PATH',
    })
  await ensureBuild()
  const site = await serveBuild(0)
  try {
    const page = await browser.newPage()
    const died = new Promise<never>((_, reject) => {
      page.on('crash', () =>
        reject(
          new ColloquyError({
            code: 'worker',
            what: 'benchmark page',
            found: 'it ended in the middle',
            wanted: 'a page that runs to the end',
            todo: 'Try again; close what else needs memory',
          }),
        ),
      )
    })
    await page.exposeFunction('reportProgress', (text: string) => console.error(text))
    await page.goto(`${site.url}bench.html`, { timeout: 120_000 })
    const outcome = await Promise.race([
      page.evaluate((wanted) => window.runBenchmark(wanted), settings),
      died,
    ])
    if ('error' in outcome) throw fromWire(outcome.error)
    return { browser: `${browser.browserType().name()} ${browser.version()}`, ...outcome.report }
  } finally {
    await browser.close()
    await site.close()
  }
}

// The browser, a child process, goes when this process leaves by the front door.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
try {
  const options = parseBenchOptions(process.argv.slice(2))
  if (options === null) console.log(BENCH_HELP)
  else {
    const json = options.json === null ? null : openJson(options.json)
    const report = await bench(options.settings)
    console.log(`\n${report.browser}. ${reportText(report)}`)
    if (json !== null) {
      writeSync(json, `${JSON.stringify(report, null, 2)}\n`)
      closeSync(json)
    }
  }
} catch (error) {
  fail(error)
}
