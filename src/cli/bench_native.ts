import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runnerImport } from 'vite'
import { anyWrong, type NativeReport, nativeMarkdown } from '../bench/native/report'
import { ColloquyError, fromWire } from '../errors'
import { BENCH_NATIVE, type NativeOptions, nativeOptions } from './bench/native_options'
import { webgpuVersion } from './bench/webgpu_package'
import { runCommand } from './command'
import { ROOT } from './site/site'

function openJson(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'w')
  } catch (cause) {
    throw new ColloquyError(
      {
        code: 'storage',
        what: `--json ${path}`,
        found: `a file that cannot be written (${(cause as NodeJS.ErrnoException).code})`,
        wanted: 'a writable file',
        todo: 'Name a file that you may write to',
      },
      { cause },
    )
  }
}

/** Through vite, because the kernels' host side imports its shaders as text. */
async function bench(options: NativeOptions): Promise<NativeReport> {
  const webgpu = webgpuVersion(ROOT)
  const { module } = await runnerImport<typeof import('../bench/native/run')>(
    join(ROOT, 'src/bench/native/run.ts'),
    { root: ROOT, configFile: false, logLevel: 'warn' },
  )
  const versions = {
    node: process.versions.node,
    webgpu,
    platform: `${process.platform}-${process.arch}`,
  }
  const outcome = await module.benchNative(options, versions, (text) => console.error(text))
  if ('error' in outcome) throw fromWire(outcome.error)
  return outcome.report
}

await runCommand(BENCH_NATIVE, async (given) => {
  const options = nativeOptions(given)
  const json = options.json === null ? null : openJson(options.json)
  const report = await bench(options)
  console.log(`\n${nativeMarkdown(report)}`)
  if (json !== null) {
    writeSync(json, `${JSON.stringify(report, null, 2)}\n`)
    closeSync(json)
  }
  // Dawn's threads would keep the process alive.
  process.exit(anyWrong(report) ? 1 : 0)
})
