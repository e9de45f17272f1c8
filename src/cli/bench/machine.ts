import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { BenchEntry } from '../../bench/results'

export function machineOf(): BenchEntry['machine'] {
  return {
    processor: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
}

/** The packages whose speed is told of. */
const PACKAGES = [
  'onnxruntime-web',
  '@huggingface/transformers',
  '@jax-js/jax',
  '@tensorflow/tfjs-core',
  'webgpu',
]

/** Of the browser or node, and of the packages that are installed. */
export function versionsOf(root: string, browser: string | null): Record<string, string> {
  const versions: Record<string, string> = {}
  if (browser === null) versions.node = process.versions.node
  else {
    const [name, version] = browser.split(' ')
    versions[name] = version
  }
  for (const name of PACKAGES) {
    const path = join(root, 'node_modules', name, 'package.json')
    if (existsSync(path))
      versions[name] = (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  }
  return versions
}

/** The commit of a checkout, `-changed` behind it where files differ from it, or `unknown`. */
export function commitOf(root: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '-changed' : ''}`
  } catch {
    return 'unknown'
  }
}
