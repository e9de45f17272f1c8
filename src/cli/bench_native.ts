import { join } from 'node:path'
import { runnerImport } from 'vite'
import { anyWrong, type NativeReport, nativeMarkdown } from '../bench/native/report'
import { writeText } from '../bench/results'
import { fromWire } from '../errors'
import { BENCH_NATIVE, type NativeOptions, nativeOptions, webgpuVersion } from './bench/native_options'
import { runCommand } from './command'
import { ROOT } from './site/site'

/** Through vite, because the kernels' host side imports its shaders as text. */
async function bench(options: NativeOptions): Promise<NativeReport> {
  const webgpu = webgpuVersion(ROOT, 'npm run bench:native')
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
  const { json } = options
  // A file that cannot be written is refused before minutes of measuring.
  if (json !== null) writeText(json, '')
  const report = await bench(options)
  console.log(`\n${nativeMarkdown(report)}`)
  if (json !== null) writeText(json, `${JSON.stringify(report, null, 2)}\n`)
  // Dawn's threads would keep the process alive.
  process.exit(anyWrong(report) ? 1 : 0)
})
